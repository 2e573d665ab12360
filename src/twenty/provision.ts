/** Provisioning as others use it: plan, apply, verify, guide, revert. */
export { type Added, describeAdded, mergeAdded } from './provision-added.ts';
export {
  applyProvision,
  describeChange,
  type ProvisionContext,
  type ProvisionResult,
  verifyProvision,
} from './provision-apply.ts';
export type { PlanOptions, ProvisionChange, ProvisionConflict, ProvisionPlan } from './provision-draft.ts';
export { provisionGuide } from './provision-guide.ts';
export { addedFields, planProvision } from './provision-plan.ts';
export { applyRevert, type InUse, planRevert, type RevertContext, type RevertPlan } from './provision-revert.ts';
export { countRisks, type Risk } from './provision-risk.ts';
export { checkDeployment, SYNC_FIELD_NAMES, syncFieldOwner, syncFields } from './sync-fields.ts';
