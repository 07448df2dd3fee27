export { boxTaken } from './box-owner.js';
export { claimName, releaseName, type ClaimMode, type OtherOwner, type Verdict } from './claim.js';
export { assertIdentity, homeInstance, type HomeInstance } from './home-instance.js';
