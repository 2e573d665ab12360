/** What the commands of one group are for, by the group's name: `map` of `map check`. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  map: 'Mappings: propose, check, preview and confirm what becomes of every field.',
  provision: 'The fields, options and objects that the workspace lacks: plan, make, verify, take back.',
  automations: 'Workflows and webhooks of the workspace that the load would fire: list them, agree to them.',
  owners: 'Who owns the records: members, substitutes, and whose records wait.',
  review: 'Questions that only a person can answer: list, look, answer.',
  'dead-letters': 'Records that were refused for good: list, look, edit, try again, discard.',
  edits: 'What people changed in Twenty themselves.',
  links: 'Links that records stand without, because the source deleted what they pointed at.',
  deletes: 'Rows that stay in Twenty though the source deleted their records.',
  merges: 'Records that share one row: what each field took from whom, and how to part them.',
  adopted: 'Rows that were in the workspace before: what was written over, and how to give it back.',
  files: 'Files of records that were held or refused: try them again.',
  inventory: 'Automations of the source that must be built anew by hand.',
  bus: 'The log: topics, events, positions, how far behind.',
  state: 'The state: back it up, restore it, rebuild it from the log.',
  connector: 'Writing a connector for another source.',
};
