import type { RecordKey } from '../core/identifiers.ts';
import type { FieldValues } from '../events/event.ts';
import type { DesiredModel } from '../twenty/desired.ts';
import type { TwentyFields } from '../twenty/model.ts';

/** The order in which kinds of records may be written: parents first (LIFE-6, TW-1). */
export const TIERS = ['member', 'company', 'person', 'opportunity', 'custom', 'activity', 'file'] as const;
export type Tier = (typeof TIERS)[number];

/** A confirmed mapping, ready to run. Pure: the same event and mapping give the same draft on every machine. */
export interface CompiledMapping {
  readonly source: string;
  /** Of the canonical content, not of the text: comments and order of keys do not count. */
  readonly hash: string;
  readonly objects: ReadonlyMap<string, ObjectMapping>;
  /** Source objects that a person left out as a whole, with the reason. */
  readonly skipped: ReadonlyMap<string, string>;
  /** What the workspace must have before the first record moves. */
  readonly desired: DesiredModel;
}

export interface ObjectMapping {
  readonly object: string;
  /** Twenty's singular name: `person`. */
  readonly target: string;
  /** Decides only where neither links nor the workspace's relations say who comes first. */
  readonly tier: Tier;
  /** Source objects that its records, or what they bring along, point at. Left out: none. */
  readonly links?: ReadonlySet<string>;
  readonly policies: ObjectPolicies;
  /** Fields and columns of the target that records of this object may fill. */
  readonly columns?: ReadonlySet<string>;
  readonly quality: ObjectQuality;
  /** Records of other objects may be the same as one of this object. */
  readonly standsForOthers?: boolean;
  draft(record: SourceView): Draft;
  /** The files that a record brings along, whatever becomes of it. Pure. Left out: records of this object have none. */
  files?(record: SourceView): readonly FileDraft[];
}

/** A file that a record names: moved beside the record, and attached to it or to another one (src/files/SPEC.md). */
export interface FileDraft {
  /** Stable within the record: of the mapping. */
  readonly name: string;
  /** As the connector's `openFile` takes it. */
  readonly reference: string;
  /** As the source calls it; empty where it does not say. */
  readonly fileName: string;
  readonly declaredType: string | null;
  /** Bytes. */
  readonly declaredSize: number | null;
  /** Changes when the content may have changed. */
  readonly version: string;
  /** To which other record it is attached; null: to its own. */
  readonly link: LinkRequest | null;
}

/** What an object's records must be like (ALL-12). */
export interface ObjectQuality {
  /** Shares of records that must pass before the object is loaded. */
  readonly thresholds: readonly QualityThreshold[];
  /** The rules this record fails and nobody has decided about; null where a rule leaves it out, so that it does not count. Pure. */
  failures(record: SourceView): readonly QualityFailure[] | null;
}

export interface QualityFailure {
  readonly rule: string;
  /** What a person is asked; null where the mapping answers for every record. */
  readonly question: RecordQuestion | null;
}

export interface QualityThreshold {
  /** The rule of the questions `quality/<rule>`. */
  readonly rule: string;
  readonly field: string | null;
  /** 0 to 1. */
  readonly share: number;
}

export interface ObjectPolicies {
  /** Another record has the unique value already: fold into it, wait for a person, or write without the value. */
  readonly duplicate: 'merge' | 'hold' | 'without-value';
  /** A soft-deleted row of the workspace has it (TW-3). */
  readonly softDeleted: 'restore' | 'hold' | 'leave';
  /** The source deleted the record. */
  readonly onDelete: 'soft-delete' | 'destroy' | 'keep';
  /** On merging, the values of the contributor with the higher priority win; 0 where the mapping says nothing. */
  readonly priority?: number;
  /** Whose value a field of a merged row has, by field or relation column; `first` where the mapping says nothing. */
  readonly merging?: ReadonlyMap<string, MergeRule>;
  /** A person changed in Twenty what was written; `ask` for every field where the mapping says nothing. */
  readonly edits?: EditRules;
}

/** Whose value of a field a row of several records has. Records without a value have no say. */
export type MergeRule =
  /** The record with the higher priority, then the older one. */
  | { readonly kind: 'first' }
  /** The record that its source changed last. */
  | { readonly kind: 'newest' }
  /** The first of these objects, in this order; the others as `first`. Of another source: `source/object`. */
  | { readonly kind: 'prefer'; readonly objects: readonly string[] }
  /**
   * Those of all, one behind the other: additional e-mails, phones, links, lists. What the workspace has no room for goes into
   * the text field `rest`; null: it is listed as lost.
   */
  | { readonly kind: 'all'; readonly rest: string | null };

/** Whose value stands where a person edited a field in Twenty: the source's, the edit, or whichever a person chooses once both moved. */
export const EDIT_RULES = ['source', 'keep', 'ask'] as const;
export type EditRule = (typeof EDIT_RULES)[number];

export interface EditRules {
  readonly otherwise: EditRule;
  /** By field or relation column. */
  readonly fields: Readonly<Record<string, EditRule>>;
}

export interface SourceView {
  readonly key: RecordKey;
  readonly id: string;
  readonly after: FieldValues;
  readonly sourceTime: number | null;
  readonly sourceCreated: number | null;
  /** What people answered to this record's questions, by the question's id. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** What one source record becomes. */
export type Draft =
  | { readonly kind: 'excluded'; readonly rule: string }
  | { readonly kind: 'refused'; readonly field: string; readonly code: string; readonly reason: string }
  | { readonly kind: 'question'; readonly question: RecordQuestion }
  | { readonly kind: 'record'; readonly record: RecordDraft };

export interface RecordDraft {
  readonly target: string;
  /** Without links and owners, which are resolved at write time. */
  readonly fields: TwentyFields;
  readonly links: readonly LinkRequest[];
  readonly owners: readonly OwnerRequest[];
  /** Records that exist only because of this one: note and task targets, inline notes, topic assignments. */
  readonly children: readonly ChildDraft[];
  /** Under which other records may ask for this one. */
  readonly lookups: readonly LookupEntry[];
  /** The record that this one is another appearance of: both share a row. */
  readonly sameAs?: RecordReference | null;
  readonly losses: readonly Loss[];
  /** Answered or not, the record goes on (`blocking: false`), or waits. */
  readonly questions: readonly RecordQuestion[];
}

/** Another record of the same source. */
export interface RecordReference {
  readonly object: string;
  readonly id: string;
}

/** A relation, as the source tells it. Attempts are tried in order; the first that finds something wins. */
export interface LinkRequest {
  /** Stable within the record, for reports: `company`. */
  readonly name: string;
  readonly attempts: readonly LinkAttempt[];
  readonly otherwise: LinkFallback;
}

export type LinkAttempt = {
  /** The column written when this attempt succeeds: `companyId`, `targetPersonId`. */
  readonly column: string;
  /** Names the choice in the list of choices made (SCO-5): "company of the contact". */
  readonly label: string;
} & (
  | { readonly by: 'id'; readonly object: string; readonly id: string }
  /** `newest` takes the record with the latest source time where several answer; `only` refuses several. */
  | {
      readonly by: 'lookup';
      readonly object: string;
      readonly index: string;
      readonly value: string;
      readonly among: 'only' | 'newest';
    }
  /** What the link `link` of that other record resolved to. */
  | { readonly by: 'through'; readonly object: string; readonly id: string; readonly link: string }
  | {
      readonly by: 'through-lookup';
      readonly object: string;
      readonly index: string;
      readonly value: string;
      readonly link: string;
      readonly among: 'only' | 'newest';
    }
);

export type LinkFallback =
  | { readonly kind: 'leave' }
  /** In children only: the child is not written. A `hold` in a child's link holds the record itself. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'hold'; readonly reason: string }
  | { readonly kind: 'placeholder'; readonly column: string; readonly placeholder: PlaceholderDraft };

/** A record made so that another one has something to point at; counted apart, replaced once the real one appears. */
export interface PlaceholderDraft {
  /** Stable: `company/name/acme ltd`. The same name gives the same placeholder. */
  readonly name: string;
  readonly object: string;
  readonly target: string;
  readonly fields: TwentyFields;
}

export interface OwnerRequest {
  readonly column: string;
  /** As the record names the owner: an e-mail, an id or a name. */
  readonly reference: string;
  /** Whether the record waits while the owner is unresolved, or is written without and filled in later. */
  readonly missing: 'hold' | 'leave';
}

export interface ChildDraft {
  /**
   * Stable within the record: `target`, `note`, `topic:vip`. The child's key is `<record key>><name>`, so a link to a
   * child of the same record is an attempt by id: object of the record, `<record id>><name>`. Names that start with
   * `placeholder` are placeholders in the ledger.
   */
  readonly name: string;
  readonly target: string;
  readonly fields: TwentyFields;
  /** The column that points back at the record itself: `noteId`; null where there is none. */
  readonly parentColumn: string | null;
  readonly links: readonly LinkRequest[];
  /** Several records share one child of this record key (`source/topic/vip`): written once, and found by id like a record. */
  readonly sharedKey: string | null;
}

export interface LookupEntry {
  readonly index: string;
  readonly value: string;
}

export interface Loss {
  readonly field: string;
  readonly kind: 'truncated' | 'rounded' | 'retyped' | 'dropped' | 'renamed';
  readonly before: string;
  readonly after: string;
}

export interface RecordQuestion {
  /** Stable within the record: `quality/<rule>`, `question/<id>`, `option/<field>/<value>`, `value/<field>`. */
  readonly id: string;
  readonly queue: 'record' | 'quality' | 'schema';
  readonly question: string;
  readonly choices: readonly string[];
  readonly blocking: boolean;
}
