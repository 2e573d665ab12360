import { type Operation, type OperationContext, runOperation } from '../operation.ts';
import * as adopted from './adopted.ts';
import * as attachments from './attachments.ts';
import * as automations from './automations.ts';
import * as bus from './bus.ts';
import * as control from './control.ts';
import * as deadLetters from './dead-letters.ts';
import * as deletes from './deletes.ts';
import * as discovery from './discover.ts';
import * as doctors from './doctor.ts';
import * as edits from './edits.ts';
import * as excluded from './excluded.ts';
import * as inventory from './inventory.ts';
import * as links from './links.ts';
import * as manifests from './manifest.ts';
import * as mapping from './mapping.ts';
import * as merges from './merges.ts';
import * as owners from './owners.ts';
import * as provisioning from './provisioning.ts';
import * as records from './records.ts';
import * as replay from './replay.ts';
import * as report from './report.ts';
import * as reviews from './reviews.ts';
import * as state from './state.ts';
import * as status from './status.ts';
import * as verify from './verify.ts';

/** An operation whose input is checked at the door: what the admin API calls. */
export interface Callable {
  readonly name: string;
  run(context: OperationContext, raw: unknown): Promise<unknown>;
}

function callable<Input, Result>(operation: Operation<Input, Result>): Callable {
  return { name: operation.name, run: (context, raw) => runOperation(operation, context, raw) };
}

/** Everything that can be done to a deployment: the one table behind the admin API. */
export const OPERATIONS: readonly Callable[] = [
  callable(status.status),
  callable(verify.verify),
  callable(discovery.discover),
  callable(manifests.manifest),
  callable(doctors.doctor),
  callable(control.pause),
  callable(control.resume),
  callable(control.resumeObject),
  callable(control.poll),
  callable(control.stop),
  callable(reviews.reviewList),
  callable(reviews.reviewShow),
  callable(reviews.reviewAnswer),
  callable(reviews.reviewAnswerAll),
  callable(owners.ownersList),
  callable(owners.ownersDecide),
  callable(records.heldList),
  callable(records.recordsList),
  callable(deadLetters.deadLettersList),
  callable(deadLetters.deadLettersShow),
  callable(deadLetters.deadLettersEdit),
  callable(deadLetters.deadLettersRetry),
  callable(deadLetters.deadLettersDiscard),
  callable(edits.editsList),
  callable(links.linksCut),
  callable(deletes.deletesKept),
  callable(merges.mergesList),
  callable(merges.mergesShow),
  callable(merges.mergesUnmerge),
  callable(merges.mergesReopen),
  callable(adopted.adoptedList),
  callable(adopted.adoptedShow),
  callable(adopted.adoptedGiveBack),
  callable(adopted.adoptedReopen),
  callable(records.rejectsList),
  callable(records.explain),
  callable(report.report),
  callable(excluded.excludedList),
  callable(attachments.attachments),
  callable(attachments.filesRetry),
  callable(bus.busTopics),
  callable(bus.busPeek),
  callable(bus.busLag),
  callable(bus.busSeek),
  callable(replay.replay),
  callable(state.stateBackup),
  callable(state.stateRestore),
  callable(state.stateRebuild),
  callable(mapping.mapPropose),
  callable(mapping.mapCheck),
  callable(mapping.mapMatrix),
  callable(mapping.mapPreview),
  callable(mapping.mapConfirm),
  callable(provisioning.provisionPlan),
  callable(provisioning.provisionApply),
  callable(provisioning.provisionVerify),
  callable(provisioning.provisionRevert),
  callable(automations.automationsList),
  callable(automations.automationsAgree),
  callable(inventory.inventoryImport),
  callable(inventory.inventoryShow),
  callable(inventory.inventoryRead),
];
