import type { Command } from './command.ts';
import {
  adoptedGiveBackCommand,
  adoptedListCommand,
  adoptedReopenCommand,
  adoptedShowCommand,
} from './commands/adopted.ts';
import { automationsAgreeCommand, automationsListCommand } from './commands/automations.ts';
import { busLagCommand, busPeekCommand, busSeekCommand, busTopicsCommand } from './commands/bus.ts';
import { connectorNewCommand } from './commands/connector.ts';
import { pauseCommand, pollCommand, resumeCommand, stopCommand } from './commands/control.ts';
import {
  deadLettersDiscardCommand,
  deadLettersEditCommand,
  deadLettersListCommand,
  deadLettersRetryCommand,
  deadLettersShowCommand,
} from './commands/dead-letters.ts';
import { deletesKeptCommand } from './commands/deletes.ts';
import { discoverCommand } from './commands/discover.ts';
import { doctorCommand } from './commands/doctor.ts';
import { editsListCommand } from './commands/edits.ts';
import { excludedCommand } from './commands/excluded.ts';
import { filesRetryCommand } from './commands/files.ts';
import { initCommand } from './commands/init.ts';
import {
  inventoryImportCommand,
  inventoryReadCommand,
  inventoryShowCommand,
  inventoryTemplateCommand,
} from './commands/inventory.ts';
import { linksCutCommand } from './commands/links.ts';
import { manifestCommand } from './commands/manifest.ts';
import {
  mapCheckCommand,
  mapConfirmCommand,
  mapMatrixCommand,
  mapPreviewCommand,
  mapProposeCommand,
} from './commands/map.ts';
import { mergesListCommand, mergesReopenCommand, mergesShowCommand, mergesUnmergeCommand } from './commands/merges.ts';
import { moveCommand } from './commands/move.ts';
import {
  ownersListCommand,
  ownersMatchCommand,
  ownersReopenCommand,
  ownersSubstituteCommand,
  ownersWaiveCommand,
  ownersWithoutCommand,
} from './commands/owners.ts';
import {
  provisionApplyCommand,
  provisionGuideCommand,
  provisionPlanCommand,
  provisionRevertCommand,
  provisionVerifyCommand,
} from './commands/provision.ts';
import { explainCommand, heldCommand, recordsCommand, rejectsCommand } from './commands/records.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import {
  reviewAnswerAllCommand,
  reviewAnswerCommand,
  reviewListCommand,
  reviewShowCommand,
} from './commands/review.ts';
import { runCommand } from './commands/run.ts';
import { stateBackupCommand, stateRebuildCommand, stateRestoreCommand } from './commands/state.ts';
import { statusCommand, verifyCommand } from './commands/status.ts';

/** Every command, in the order in which a changeover needs them. */
export const COMMANDS: readonly Command[] = [
  initCommand,
  doctorCommand,
  discoverCommand,
  mapProposeCommand,
  mapCheckCommand,
  mapMatrixCommand,
  mapPreviewCommand,
  mapConfirmCommand,
  manifestCommand,
  provisionPlanCommand,
  provisionApplyCommand,
  provisionVerifyCommand,
  provisionGuideCommand,
  provisionRevertCommand,
  automationsListCommand,
  automationsAgreeCommand,
  ownersListCommand,
  ownersMatchCommand,
  ownersSubstituteCommand,
  ownersWaiveCommand,
  ownersWithoutCommand,
  ownersReopenCommand,
  runCommand,
  statusCommand,
  verifyCommand,
  pauseCommand,
  resumeCommand,
  pollCommand,
  stopCommand,
  reviewListCommand,
  reviewShowCommand,
  reviewAnswerCommand,
  reviewAnswerAllCommand,
  heldCommand,
  recordsCommand,
  deadLettersListCommand,
  deadLettersShowCommand,
  deadLettersEditCommand,
  deadLettersRetryCommand,
  deadLettersDiscardCommand,
  editsListCommand,
  linksCutCommand,
  deletesKeptCommand,
  mergesListCommand,
  mergesShowCommand,
  mergesUnmergeCommand,
  mergesReopenCommand,
  adoptedListCommand,
  adoptedShowCommand,
  adoptedGiveBackCommand,
  adoptedReopenCommand,
  rejectsCommand,
  explainCommand,
  replayCommand,
  reportCommand,
  excludedCommand,
  filesRetryCommand,
  inventoryTemplateCommand,
  inventoryReadCommand,
  inventoryImportCommand,
  inventoryShowCommand,
  busTopicsCommand,
  busPeekCommand,
  busLagCommand,
  busSeekCommand,
  stateBackupCommand,
  stateRestoreCommand,
  stateRebuildCommand,
  moveCommand,
  connectorNewCommand,
];
