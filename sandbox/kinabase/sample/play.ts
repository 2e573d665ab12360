import type { Random } from '../../../src/core/ports.ts';
import { type Deed, Play } from '../../simulator/play.ts';
import type { StoredRecord } from '../store/model.ts';
import type { Workspace } from '../store/workspace.ts';
import { DEAL_STAGES } from './collections.ts';

/** What people of the sample do while the sync runs. */
export function samplePlay(workspace: Workspace, random: Random): Play<Workspace, StoredRecord> {
  return new Play({ world: workspace, deeds: DEEDS, rowsOf: (kind) => workspace.records(kind), random });
}

const DEEDS: readonly Deed<Workspace, StoredRecord>[] = [
  (workspace, any, number) => {
    const { id } = any('people');
    workspace.update('people', id, { jobTitle: `Title ${number}` });
    return `person ${id} has another title`;
  },
  (workspace, any) => {
    const { id, data } = any('deals');
    const next =
      DEAL_STAGES[(DEAL_STAGES.indexOf(data.stage as (typeof DEAL_STAGES)[number]) + 1) % DEAL_STAGES.length];
    workspace.update('deals', id, { stage: next ?? 'New' });
    return `deal ${id} moved on`;
  },
  (workspace, any, number) => {
    const company = any('companies');
    const { id } = workspace.create('people', {
      firstName: 'New',
      lastName: `Person ${number}`,
      email: `new-${number}@played.example`,
      company: { id: company.id },
      owner: company.data.owner ?? null,
    });
    return `person ${id} is new`;
  },
  (workspace, any) => {
    const { id } = any('interactions');
    workspace.remove('interactions', id);
    return `interaction ${id} is deleted`;
  },
  (workspace, any) => {
    const { id } = any('tasks');
    workspace.update('tasks', id, { status: 'completed' });
    return `task ${id} is completed`;
  },
  (workspace, any, number) => {
    const { id } = any('deals');
    workspace.addActivity('deals', id, {
      type: 'comment',
      content: `Played ${number}`,
      timestamp: Date.UTC(2026, 2, 9),
    });
    return `deal ${id} has a comment`;
  },
];
