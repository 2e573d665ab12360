import { PHRASES } from '../../samples/smart-crm-online/words.ts';
import { guidOf } from '../guid.ts';
import type { Reference } from '../store/rows.ts';
import type { Writing } from './writing.ts';

interface CustomRows {
  readonly owners: readonly Reference[];
  readonly accounts: readonly Reference[];
  readonly contacts: readonly Reference[];
  readonly opportunities: readonly Reference[];
}

/** Projects and their inspections: together a value in every column type. */
export function writeCustomTables(writing: Writing, { owners, accounts, contacts, opportunities }: CustomRows): void {
  const projects = Array.from({ length: writing.sizes.opx_project }, (_, at) => {
    const project = writing.row('opx_project', at, {
      opx_name: `Project ${at}`,
      opx_code: `PRJ-${at}`,
      opx_url: `https://projects.example/${at}`,
      opx_email: `project-${at}@projects.example`,
      opx_phone: '+90 212 555 00 00',
      opx_scope: writing.pick(PHRASES),
      opx_headcount: writing.whole(1, 200),
      opx_effort: writing.whole(60, 60_000),
      opx_serial: 9_000_000_000_000 + at,
      opx_progress: writing.whole(0, 1_000) / 1_000,
      opx_latitude: 36 + writing.whole(0, 600_000) / 100_000,
      opx_budget: writing.whole(1_000, 9_000_000),
      opx_cost: writing.whole(1_000, 9_000_000) + 0.1234,
      opx_critical: writing.chance(0.3),
      opx_starton: writing.day(),
      opx_deadline: writing.moment(),
      opx_shiftstart: writing.moment(),
      opx_phase: 100_000_000 + writing.whole(0, 3),
      opx_region: 100_000_000 + writing.whole(0, 3),
      opx_skills: [100_000_000, 100_000_001 + writing.whole(0, 3)],
      opx_externalid: guidOf(`sample/external/${at}`),
      opx_accountid: writing.pick(accounts),
      opx_customerid: writing.pick(writing.chance(0.5) ? accounts : contacts),
      opx_parentid: at > 5 && writing.chance(0.3) ? writing.reference('opx_project', writing.whole(0, 5)) : null,
      opx_originid: writing.pick(opportunities),
      ownerid: writing.pick(owners),
    });
    if (at % 5 === 0) attach(writing, project, 'opx_plan', at);
    if (at % 5 === 1) attach(writing, project, 'opx_photo', at);
    return project;
  });
  for (let at = 0; at < writing.sizes.opx_inspection; at += 1) {
    const inspection = writing.row('opx_inspection', at, {
      opx_name: `Inspection ${at}`,
      opx_findings: writing.pick(PHRASES),
      opx_score: writing.whole(0, 100),
      opx_temperature: writing.whole(-100, 400) / 10,
      opx_penalty: writing.chance(0.2) ? writing.whole(100, 9_000) : null,
      opx_passed: writing.chance(0.8),
      opx_validuntil: writing.day(),
      opx_visitedat: writing.moment(),
      opx_slot: writing.moment(),
      opx_longitude: 26 + writing.whole(0, 1_800_000) / 100_000,
      opx_devicecounter: 9_000_000_000_000 + at,
      opx_deviceid: guidOf(`sample/device/${at % 7}`),
      opx_region: 100_000_000 + writing.whole(0, 3),
      opx_hazards: writing.chance(0.5) ? [100_000_000 + writing.whole(0, 3)] : null,
      opx_projectid: writing.pick(projects),
      opx_inspectorid: writing.pick(owners),
      opx_siteid: writing.pick(accounts),
    });
    if (at % 10 === 0) attach(writing, inspection, 'opx_report', at);
    if (at % 10 === 5) attach(writing, inspection, 'opx_photo', at);
  }
}

function attach(writing: Writing, { table, id }: Reference, column: string, at: number): void {
  const content = { kind: 'made', size: 30_000 + at, seed: at, head: new Uint8Array() } as const;
  writing.organisation.attach(table, id, column, `${column}-${at}.bin`, 'application/octet-stream', content);
}
