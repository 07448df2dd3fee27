export { Cgroup, type MemoryFigures } from './cgroup/cgroup.js';
export { controllers, findHierarchies, gamesSlice, type Controller, type Hierarchy } from './cgroup/hierarchies.js';
export { memoryLimit, type Limits } from './cgroup/limits.js';
export { cgroupFolders, makeCgroup, removeCgroup, type CgroupOrder, type MadeCgroup } from './cgroup/make-cgroup.js';
export { noteUser, userOf, userToBe, type GameUser, type UserRange } from './isolation/game-user.js';
export { asUser, give, guiseOf, lend, writeGuise, type Guise, type Isolation } from './isolation/guise.js';
export { homeIdentity } from './isolation/home-identity.js';
export { nodeFolder } from './isolation/mount-table.js';
export { closedFolders, hasNamespaces, isRoot, lacksRootless, lacksUsers, ownUser } from './isolation/lacks.js';
export { findUser, namedUser, ownUsers, userOfFunpack, type OwnUsers } from './isolation/named-user.js';
export {
  isolationKinds,
  lacksFor,
  strictestHere,
  type BoxFolders,
  type IsolationKind,
  type Strictest,
} from './isolation/strictest.js';
export { tryGuise, type GuiseStep, type GuiseTrial } from './isolation/try-guise.js';
export {
  arePortsGuarded,
  guardPorts,
  guardRules,
  unguardPorts,
  type GuardedPort,
  type PortGuard,
} from './network/guard-ports.js';
