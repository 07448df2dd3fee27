export { Cgroup, type MemoryFigures } from './cgroup/cgroup.js';
export { controllers, findHierarchies, type Controller, type Hierarchy } from './cgroup/hierarchies.js';
export { memoryLimit, type Limits } from './cgroup/limits.js';
export { makeCgroup, removeCgroup, type CgroupOrder, type MadeCgroup } from './cgroup/make-cgroup.js';
export { userOf, type GameUser, type UserRange } from './isolation/game-user.js';
export { asUser, give, guiseOf, lend, writeGuise, type Guise, type Isolation } from './isolation/guise.js';
export { closedFolder, hasNamespaces, lacksUsers } from './isolation/lacks.js';
