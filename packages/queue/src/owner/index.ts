export { boxTaken } from './box-owner.js';
export { claimName, releaseName, type ClaimMode, type OtherOwner } from './claim.js';
export { homeInstance, type HomeInstance } from './home-instance.js';
