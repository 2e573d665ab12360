import type { FieldSettings, FieldType } from '../model/types.ts';
import type { ThrottlingForm } from './throttling.ts';

/** The workspaces that can be played. 2.21 is the recorded one; the others are built from what its history tells. */
export const VERSIONS = ['1.x', '2.21', '2.43'] as const;

export type TwentyVersion = (typeof VERSIONS)[number];

/** A field that a version has and the recorded 2.21 has not. */
export interface StandardField {
  readonly object: string;
  readonly name: string;
  readonly type: FieldType;
  readonly settings?: FieldSettings;
}

export const FILE_FLOWS = ['paths', 'multipart', 'three-calls'] as const;
export type FileFlow = (typeof FILE_FLOWS)[number];

/** Everything in which one version differs from another (twenty.md §1–§6). */
export interface VersionTraits {
  /** As the sandbox's own status says it. */
  readonly version: string;
  /** Rows that one create or upsert may hold, and rows of a REST page (O1, §1). */
  readonly mostRecords: number;
  readonly throttling: ThrottlingForm;
  /** `named`: `{data:{createOneField:{…}}}`; `direct`: `{data:{…}}` and `{data:[…]}` (§5). */
  readonly metadataRest: 'named' | 'direct';
  /** What the metadata API calls the type of `bodyV2` (§5). */
  readonly richText: 'RICH_TEXT_V2' | 'RICH_TEXT';
  /** `columns`: `personId`; `morph`: `targetPersonId` (§6). */
  readonly targets: 'columns' | 'morph';
  /**
   * `paths`: an attachment names a path; `multipart`, of early 2.x: it names files that came in one call; `three-calls`: it
   * names files uploaded by three calls (§6).
   */
  readonly files: FileFlow;
  /** E-mail domains are kept in ASCII and without a trailing dot, since 2.41 (§2). */
  readonly asciiEmailDomains: boolean;
  /** The domain of a company is kept as its bare host (§2). */
  readonly bareDomains: boolean;
  readonly added: readonly StandardField[];
  readonly removed: readonly (readonly [object: string, field: string])[];
}

const WHOLE: FieldSettings = { type: 'number', dataType: 'int', decimals: 0 };

export const TRAITS: Readonly<Record<TwentyVersion, VersionTraits>> = {
  '1.x': {
    version: '1.8.0',
    mostRecords: 60,
    throttling: 'limit-reached-400',
    metadataRest: 'named',
    richText: 'RICH_TEXT_V2',
    targets: 'columns',
    files: 'paths',
    asciiEmailDomains: false,
    bareDomains: false,
    added: [
      { object: 'company', name: 'employees', type: 'NUMBER', settings: WHOLE },
      { object: 'company', name: 'annualRecurringRevenue', type: 'CURRENCY' },
      { object: 'company', name: 'idealCustomerProfile', type: 'BOOLEAN' },
      { object: 'company', name: 'xLink', type: 'LINKS' },
      { object: 'company', name: 'tagline', type: 'TEXT' },
      { object: 'person', name: 'city', type: 'TEXT' },
      { object: 'person', name: 'xLink', type: 'LINKS' },
      { object: 'person', name: 'intro', type: 'TEXT' },
    ],
    removed: [
      ['attachment', 'file'],
      ['person', 'avatarFile'],
      ['company', 'annualRevenue'],
      ['opportunity', 'owner'],
      ['workspaceMember', 'ownedOpportunities'],
    ],
  },
  '2.21': {
    version: '2.21.0',
    mostRecords: 200,
    throttling: 'limit-reached-429',
    metadataRest: 'named',
    richText: 'RICH_TEXT',
    targets: 'morph',
    files: 'three-calls',
    asciiEmailDomains: false,
    bareDomains: false,
    added: [],
    removed: [],
  },
  '2.43': {
    version: '2.43.0',
    mostRecords: 200,
    throttling: 'rate-limited-429',
    metadataRest: 'direct',
    richText: 'RICH_TEXT',
    targets: 'morph',
    files: 'three-calls',
    asciiEmailDomains: true,
    bareDomains: true,
    added: [],
    removed: [],
  },
};
