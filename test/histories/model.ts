import type { FieldValues } from '../../src/events/event.ts';
import type { EditRow } from '../../src/state/state.ts';
import { text } from '../support/sink/values.ts';
import { EDITED, type Kind, NO_NAME, OBJECTS, REFUSED_NAME, TARGETS } from './invented.ts';
import type { Overwritten, Trace } from './trace.ts';

// What must stand in Twenty once everything is at rest, said as simply as it can be said: from the newest event of each
// record and from what people did, without a word about batches, calls, answers and their order.

/** A record as the source tells of it. */
export interface ToldRecord {
  readonly key: string;
  readonly object: Kind;
  readonly id: string;
  /** Null: deleted. */
  readonly after: FieldValues | null;
  /** The older ones too, the newest last. */
  readonly versions: readonly FieldValues[];
  /** When the source made it: the eldest of those who share a row is its survivor. */
  readonly created: number;
}

/** What people do to a whole row. */
export type Removal = 'deleted' | 'restored' | 'destroyed';
const REMOVALS: ReadonlySet<string> = new Set<Removal>(['deleted', 'restored', 'destroyed']);

/** What people did to a row in Twenty. */
export interface Deed {
  readonly what: 'made' | 'gave-value' | 'edited-own' | 'edited-mapped' | Removal;
  /** In Twenty's words. */
  readonly object: string;
  readonly row: string;
  /** The records that stood in it. */
  readonly keys: readonly string[];
  /** Unique values it had or got. */
  readonly values: readonly string[];
  /** What was written into the field that is people's own. */
  readonly remark?: string;
}

export interface Told {
  readonly records: readonly ToldRecord[];
  readonly deeds: readonly Deed[];
  readonly trace: Pick<Trace, 'of' | 'overwritten' | 'isInTimeline' | 'wasDestroyed'>;
  readonly answered: readonly Answered[];
}

/** What somebody answered to a question about what people did. */
export interface Answered {
  /** The record that the question was about. */
  readonly key: string;
  readonly answer: string;
  /** For an edited field: its row, and the two values between which somebody chose. */
  readonly row: string;
  readonly field: string;
  readonly twenty: string;
  readonly source: string;
}

/** An edit as it is listed. */
export interface SeenEdit {
  readonly row: string;
  readonly field: string;
  readonly value: string;
  readonly status: EditRow['status'];
}

export interface SeenRow {
  readonly object: string;
  readonly id: string;
  readonly live: boolean;
  /** The records that it stands for. */
  readonly keys: readonly string[];
  readonly text: string;
  readonly job: string;
  /** Its unique value of the workspace. */
  readonly value: string;
  readonly link: string | null;
  readonly remark: string;
}

export interface Seen {
  readonly rows: readonly SeenRow[];
  /** note row → person row it points at. */
  readonly noteTargets: ReadonlyMap<string, string | null>;
  readonly edits: readonly SeenEdit[];
  /** `applied`, `held SINK_DUPLICATE_HELD` … by record key. */
  readonly classes: ReadonlyMap<string, string>;
}

/** Where what was seen is not what was told, in words; nothing: all is well. */
export function differences(told: Told, seen: Seen): readonly string[] {
  return new Comparison(told, seen).all();
}

class Comparison {
  readonly #told: Told;
  readonly #seen: Seen;
  readonly #records: ReadonlyMap<string, ToldRecord>;
  readonly #rows = new Map<string, SeenRow>();
  readonly #found: string[] = [];
  /** Records whose row people removed: what they find is theirs to say, and only has to be consistent. */
  readonly #disturbed = new Set<string>();
  /** Records whose row people destroyed for good: nothing that Twenty is asked tells of it before a replay (SPEC.md §18). */
  readonly #destroyed: ReadonlySet<string>;
  /** Unique values that people had a hand in, and those that records kept because of it. */
  readonly #peoples: ReadonlySet<string>;

  constructor(told: Told, seen: Seen) {
    this.#told = told;
    this.#seen = seen;
    this.#records = new Map(told.records.map((record) => [record.key, record]));
    for (const { what, keys } of told.deeds) if (REMOVALS.has(what)) for (const key of keys) this.#disturbed.add(key);
    for (const record of told.records) if (this.#sharesWithDisturbed(record)) this.#disturbed.add(record.key);
    this.#destroyed = new Set(told.deeds.flatMap(({ what, keys }) => (what === 'destroyed' ? keys : [])));
    this.#peoples = spread(told);
  }

  all(): readonly string[] {
    this.#findRows();
    for (const record of this.#told.records) this.#compare(record);
    this.#comparePeoplesWork();
    for (const one of this.#told.trace.overwritten) this.#compareOverwritten(one);
    return this.#found;
  }

  /** Contacts that ever had an e-mail of a removed row may share it. */
  #sharesWithDisturbed(record: ToldRecord): boolean {
    const removed = new Set(this.#told.deeds.flatMap(({ what, values }) => (REMOVALS.has(what) ? values : [])));
    return record.versions.some(
      (version) => removed.has(uniqueOf(record.object, version)) && uniqueOf(record.object, version) !== '',
    );
  }

  /** Every row stands for records that are there, and every record stands in one row at most. */
  #findRows(): void {
    for (const row of this.#seen.rows.filter(({ live }) => live)) {
      for (const key of row.keys) {
        const record = this.#records.get(key);
        const other = this.#rows.get(key);
        // A record that was born anew has a row of its own; the one of its earlier life that a person brought back is nobody's.
        if (other !== undefined && this.#wasBroughtBack(row.id)) continue;
        if (other !== undefined && !this.#wasBroughtBack(other.id))
          this.#found.push(`${key} stands in two rows, ${other.id} and ${row.id}`);
        this.#rows.set(key, row);
        if (record === undefined) this.#found.push(`a row stands for ${key}, of which nothing was told`);
        else if (TARGETS[record.object] !== row.object) this.#found.push(`${key} stands in a row of ${row.object}`);
        // What was there before us is let go of, not deleted, and keeps what we wrote.
        else if (
          (record.after === null || isLeftOut(record)) &&
          !this.#wasMadeByPeople(row.id) &&
          !this.#isToBeKept(key) &&
          !this.#disturbed.has(key)
        )
          this.#found.push(`a row stands for ${key}, which is not there any more`);
      }
    }
  }

  /** Somebody answered that the row of a record that goes is to stay, because of what people wrote there. */
  #isToBeKept(key: string): boolean {
    return this.#told.answered.some((one) => one.key === key && one.answer === 'keep' && one.field === '');
  }

  #wasBroughtBack(row: string): boolean {
    return this.#told.deeds.some((deed) => deed.what === 'restored' && deed.row === row);
  }

  #wasMadeByPeople(row: string): boolean {
    return this.#told.deeds.some((deed) => deed.what === 'made' && deed.row === row);
  }

  #compare(record: ToldRecord): void {
    const found = this.#seen.classes.get(record.key);
    const allowed = this.#allowed(record);
    if (found === undefined) {
      // Deleted before it was ever seen alive.
      if (record.after !== null) this.#found.push(`nothing is known of ${record.key}`);
      return;
    }
    if (!allowed.some((one) => found === one || found.startsWith(`${one} `)))
      this.#found.push(`${record.key} is ${found}, and should be ${allowed.join(' or ')}`);
    if (record.after === null || isLeftOut(record)) return;
    const row = this.#rows.get(record.key);
    const [kind] = found.split(' ');
    if ((kind === 'applied' || kind === 'merged') && row === undefined && !this.#destroyed.has(record.key))
      this.#found.push(`${record.key} is ${found}, and no row stands for it`);
    if (row === undefined) return;
    if (kind === 'applied') this.#compareRow(record, row);
    else if (kind !== 'merged') this.#compareOld(record, row);
  }

  /** Whether a record points at one that is held and has no row: it waits with it. */
  #waits({ object, after }: ToldRecord, depth = 3): boolean {
    if (depth === 0) return true;
    const id = text(object === 'company' ? after?.parent : object === 'note' ? after?.contact : after?.company);
    const parent = this.#records.get(keyOf(object === 'note' ? 'contact' : 'company', id));
    if (parent === undefined || parent.after === null || this.#rows.has(parent.key)) return false;
    return this.#seen.classes.get(parent.key)?.startsWith('held') === true || this.#waits(parent, depth - 1);
  }

  /** The classes that are right for a record. */
  #allowed(record: ToldRecord): readonly string[] {
    const waits = this.#groupOf(record).some((one) => this.#waits(one));
    const right = [...this.#byItself(record), ...this.#afterRemoval(record)];
    return waits ? [...right, 'held SINK_PARENT_UNDECIDED', 'applied'] : right;
  }

  #byItself(record: ToldRecord): readonly string[] {
    const { after, object } = record;
    if (after === null) return ['deleted'];
    if (isLeftOut(record)) return ['excluded'];
    // What Twenty would refuse may never get so far.
    if (isRefused(record) && !this.#isKeptByPeople(record))
      return after.name === NO_NAME || object === 'note' ? ['dead-lettered'] : ['dead-lettered', 'held'];
    const contested = this.#disturbed.has(record.key) || this.#isContested(record);
    switch (object) {
      case 'company':
        // A row of another record that is refused now keeps its value.
        return contested ? ['applied', 'held SINK_UNIQUE_TAKEN'] : ['applied'];
      case 'note':
        return ['applied'];
      case 'contact': {
        const merged = this.#groupOf(record)[0]?.key !== record.key;
        return contested ? ['applied', 'merged', ...HELD_FOR_VALUE] : [merged ? 'merged' : 'applied'];
      }
      case 'deal': {
        const company = keyOf('company', text(after.company));
        const there = text(after.company) === '' || this.#rows.has(company) || this.#isGone(company);
        const disturbed = this.#disturbed.has(company);
        if (!there) return disturbed ? ['applied', 'held'] : ['held'];
        return contested || disturbed ? ['applied', 'held'] : ['applied'];
      }
    }
  }

  /** What else may come of a record whose row people deleted, brought back or destroyed: what its policy says (SPEC.md §12). */
  #afterRemoval({ key, object }: ToldRecord): readonly string[] {
    if (!this.#disturbed.has(key)) return [];
    const isLeft = this.#told.answered.some((one) => one.key === key && one.answer === 'leave');
    return isLeft || LEAVES_DELETED.has(object) ? ['excluded'] : [];
  }

  /** Whether what a person wrote stands in place of what Twenty would refuse, which is not sent then. */
  #isKeptByPeople(record: ToldRecord): boolean {
    const row = this.#rows.get(record.key);
    const name = text(record.after?.name ?? record.after?.title);
    if (row === undefined || name !== REFUSED_NAME) return false;
    const [field = ''] = Object.keys(EDITED[record.object]);
    return this.#afterEdits(record, row.id, field, name) !== name;
  }

  /** Whether the source deleted a record that had been seen: nobody waits for it any more. */
  #isGone(key: string): boolean {
    return this.#records.get(key)?.after === null && this.#seen.classes.has(key);
  }

  /** Whether somebody else has, had or wants the unique value of the record. */
  #isContested(record: ToldRecord): boolean {
    const value = record.after === null ? '' : uniqueOf(record.object, record.after);
    if (value === '') return false;
    if (this.#peoples.has(value)) return true;
    if (record.object === 'contact') return this.#groupOf(record).some((one) => this.#waits(one));
    return this.#told.records.some(
      (other) =>
        other.object === record.object &&
        other.key !== record.key &&
        other.versions.some((version) => uniqueOf(other.object, version) === value),
    );
  }

  /** The records that share the row of a contact, the survivor first. */
  #groupOf(record: ToldRecord): readonly ToldRecord[] {
    const value = record.after === null ? '' : uniqueOf(record.object, record.after);
    if (record.object !== 'contact' || value === '') return [record];
    return this.#told.records
      .filter(
        (other) =>
          other.object === 'contact' &&
          other.after !== null &&
          !isLeftOut(other) &&
          uniqueOf('contact', other.after) === value,
      )
      .sort((a, b) => a.created - b.created || (a.key < b.key ? -1 : 1));
  }

  #compareRow(record: ToldRecord, row: SeenRow): void {
    const group = this.#groupOf(record);
    const contested = this.#isContested(record);
    const first = (read: (after: FieldValues) => string): string =>
      group.map(({ after }) => (after === null ? '' : read(after))).find((value) => value !== '') ?? '';
    const gaveValue = this.#told.deeds.some((deed) => deed.what === 'gave-value' && deed.row === row.id);
    const say = (what: string, seen: unknown, should: unknown) =>
      this.#found.push(`${record.key}: ${what} is ${JSON.stringify(seen)}, and should be ${JSON.stringify(should)}`);
    const name = first((after) => text(after.name ?? after.title));
    const job = first((after) => text(after.job));
    const value = first((after) => uniqueOf(record.object, after));
    if (!contested) {
      for (const field of Object.keys(EDITED[record.object])) {
        const [seen, source] = field === 'jobTitle' ? [row.job, job] : [row.text, name];
        const should = this.#afterEdits(record, row.id, field, source);
        if (typeof should !== 'string') this.#found.push(should.wrong);
        else if (seen !== should) say(field, seen, should);
      }
      const keys = [...row.keys].sort();
      const wanted = group.map(({ key }) => key).sort();
      if (keys.join() !== wanted.join()) say('whom its row stands for', keys, wanted);
    }
    // Without the value where another one has it.
    if (row.value !== value && !gaveValue && !(contested && (row.value === '' || record.object === 'contact')))
      say('its unique value', row.value, value);
    this.#compareLink(record, group, row, say);
  }

  /** What a field must hold, of which the source says `source`: that, or what a person wrote there last (SPEC.md §12). */
  #afterEdits(record: ToldRecord, row: string, field: string, source: string): string | { readonly wrong: string } {
    const stood = this.#told.trace.of(row, field);
    const last = stood.at(-1);
    if (last?.by !== 'person') return source;
    const { value } = last;
    const base = stood.findLast(({ by }) => by === 'us')?.value;
    // A person who puts back what we wrote leaves no edit.
    if (value === base) return source;
    switch (EDITED[record.object][field] ?? 'ask') {
      case 'source':
        return source;
      case 'keep':
        return value;
      case 'ask': {
        if (source === base || source === value) return value;
        const answer = this.#answerTo(row, field, value, source);
        if (answer === undefined)
          return { wrong: `${record.key}: nobody was asked whether ${field} is to be "${value}" or "${source}"` };
        return answer === 'source' ? source : value;
      }
    }
  }

  #answerTo(row: string, field: string, twenty: string, source: string): string | undefined {
    return this.#told.answered.find(
      (one) => one.row === row && one.field === field && one.twenty === twenty && one.source === source,
    )?.answer;
  }

  /** What a person wrote and we wrote over is listed, and was known only where the rule or an answer says so (I20, I21). */
  #compareOverwritten({ row, field, value, with: by, found }: Overwritten): void {
    const stands = this.#seen.rows.find(({ id }) => id === row);
    const deeds = this.#told.deeds.filter((deed) => deed.row === row).map(({ what }) => what);
    // The timeline of a row that was destroyed for good does not say whose it was any more, also where it was made anew.
    if (stands === undefined || deeds.includes('destroyed')) return;
    // A person who deletes a row gives up what people had written there.
    if (!stands.live && deeds.includes('deleted')) return;
    const kind = kindOf(stands.object);
    const edits = this.#seen.edits.filter((edit) => edit.row === row && edit.field === field && edit.value === value);
    const say = (what: string) =>
      this.#found.push(`the row ${row}: ${field} "${value}" of a person was written over with "${by}", ${what}`);
    const [edit] = edits;
    const isShown = found || this.#told.trace.isInTimeline(row, field, value);
    if (edit === undefined && isShown) say('and is not listed');
    if (edit === undefined || !found) return;
    const rightly = EDITED[kind][field] === 'source' || this.#answerTo(row, field, value, by) === 'source';
    const agreed = this.#told.records.some((record) =>
      record.versions.some((version) => [version.name, version.title, version.job].includes(value)),
    );
    if (!rightly && !agreed && !edits.some(({ status }) => status === 'gone'))
      say(`though it was known (${edits.map(({ status }) => status).join(', ')})`);
  }

  #compareLink(
    record: ToldRecord,
    group: readonly ToldRecord[],
    row: SeenRow,
    say: (what: string, seen: unknown, should: unknown) => void,
  ): void {
    if (record.object === 'note') {
      const key = keyOf('contact', text(record.after?.contact));
      const seen = this.#seen.noteTargets.get(row.id) ?? null;
      const should = this.#rows.get(key)?.id ?? null;
      if (seen !== should && !this.#disturbed.has(key)) say('the person of its target', seen, should);
      return;
    }
    if (record.object === 'contact' && this.#isContested(record)) return;
    const wanted = group.flatMap(({ after }) => {
      const id = text(record.object === 'company' ? after?.parent : after?.company);
      const key = keyOf('company', id);
      const target = this.#rows.get(key)?.id;
      return id === '' ? [] : this.#disturbed.has(key) ? ['?'] : target === undefined ? [] : [target];
    });
    const should = wanted[0] ?? null;
    if (should !== '?' && row.link !== should) say('its link', row.link, should);
  }

  /** Not applied now: an older version of it may stand there still. */
  #compareOld(record: ToldRecord, row: SeenRow): void {
    const names = record.versions.map((version) => text(version.name ?? version.title));
    const edited = this.#told.deeds.some((deed) => deed.what === 'edited-mapped' && deed.row === row.id);
    if (record.object !== 'contact' && !names.includes(row.text) && !edited)
      this.#found.push(`${record.key}: its row says ${JSON.stringify(row.text)}, which the source never said`);
    if (row.text === REFUSED_NAME || row.text === NO_NAME)
      this.#found.push(`${record.key}: its row says ${JSON.stringify(row.text)}, which was refused`);
  }

  /** What people wrote into fields of their own stays, and what they made stays. */
  #comparePeoplesWork(): void {
    const removed = new Set(this.#told.deeds.flatMap((deed) => (REMOVALS.has(deed.what) ? [deed.row] : [])));
    const rows = new Map(this.#seen.rows.map((row) => [row.id, row]));
    const remarks = new Map<string, string>();
    for (const deed of this.#told.deeds) if (deed.remark !== undefined) remarks.set(deed.row, deed.remark);
    for (const [id, remark] of remarks) {
      const row = rows.get(id);
      // A row that merged away went with what stood in fields that no mapping fills (docs/guide/merging.md).
      if (row?.live && row.remark !== remark && !removed.has(id) && !this.#told.trace.wasDestroyed(id))
        this.#found.push(
          `the row ${id} lost what a person wrote: ${JSON.stringify(row.remark)} instead of ${JSON.stringify(remark)}`,
        );
    }
    for (const { what, row } of this.#told.deeds) {
      if (what === 'made' && !removed.has(row) && rows.get(row)?.live !== true)
        this.#found.push(`the row ${row} that a person made is not there any more`);
    }
  }
}

/** A record that cannot have one value keeps another one from the next record, and so on. */
function spread({ records, deeds }: Told): ReadonlySet<string> {
  const values = new Set(deeds.flatMap((deed) => deed.values.filter((value) => value !== '')));
  for (let before = -1; before < values.size; ) {
    before = values.size;
    for (const { object, versions } of records) {
      const own = versions.map((version) => uniqueOf(object, version)).filter((value) => value !== '');
      if (own.some((value) => values.has(value))) for (const value of own) values.add(value);
    }
  }
  return values;
}

/** What people deleted stays so: the policy of these objects (`softDeleted: leave`). */
const LEAVES_DELETED: ReadonlySet<Kind> = new Set(['company']);
const HELD_FOR_VALUE = [
  'held SINK_DUPLICATE_HELD',
  'held SINK_SOFT_DELETED',
  'held SINK_UNIQUE_TAKEN',
  'held SINK_ID_MISMATCH',
];

export function keyOf(object: Kind, id: string): string {
  return `crm/${object}/${id}`;
}

const UNIQUE_FIELDS: Readonly<Record<Kind, string | null>> = {
  company: 'domain',
  contact: 'email',
  deal: 'code',
  note: null,
};

function uniqueOf(object: Kind, after: FieldValues): string {
  const field = UNIQUE_FIELDS[object];
  return field === null ? '' : text(after[field]);
}

function isLeftOut({ object, after }: ToldRecord): boolean {
  return object === 'contact' && after?.job === 'spam';
}

function isRefused({ object, after }: ToldRecord): boolean {
  const name = after?.name ?? after?.title;
  return (object === 'company' && name === NO_NAME) || (object !== 'contact' && name === REFUSED_NAME);
}

/** The object whose rows in Twenty these are. */
export function kindOf(target: string): Kind {
  return OBJECTS.find((object) => TARGETS[object] === target) ?? 'note';
}
