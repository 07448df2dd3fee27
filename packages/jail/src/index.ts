export { Cgroup, type MemoryFigures } from './cgroup/cgroup.js';
export { controllers, findHierarchies, type Controller, type Hierarchy } from './cgroup/hierarchies.js';
export { memoryLimit, type Limits } from './cgroup/limits.js';
export { makeCgroup, removeCgroup, type CgroupOrder, type MadeCgroup } from './cgroup/make-cgroup.js';
