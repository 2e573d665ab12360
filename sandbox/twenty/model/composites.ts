import type { FieldType } from './types.ts';

/** How one part of a composite is stored and shown. `text` is stored null when empty and shown as "". */
export type PartKind = 'text' | 'nullableText' | 'number' | 'list' | 'json' | 'uuid' | 'source';

/** The parts of the composite field types, in the order in which they are shown. */
export const COMPOSITES: Partial<Record<FieldType, Readonly<Record<string, PartKind>>>> = {
  FULL_NAME: { firstName: 'text', lastName: 'text' },
  EMAILS: { primaryEmail: 'text', additionalEmails: 'list' },
  LINKS: { primaryLinkLabel: 'text', primaryLinkUrl: 'text', secondaryLinks: 'list' },
  PHONES: {
    primaryPhoneNumber: 'text',
    primaryPhoneCountryCode: 'text',
    primaryPhoneCallingCode: 'text',
    additionalPhones: 'list',
  },
  ADDRESS: {
    addressStreet1: 'text',
    addressStreet2: 'text',
    addressCity: 'text',
    addressPostcode: 'text',
    addressState: 'text',
    addressCountry: 'text',
    addressLat: 'number',
    addressLng: 'number',
  },
  CURRENCY: { amountMicros: 'number', currencyCode: 'nullableText' },
  ACTOR: { source: 'source', workspaceMemberId: 'uuid', name: 'text', context: 'json' },
  RICH_TEXT: { blocknote: 'nullableText', markdown: 'text' },
};

/** The parts that make a composite unique (twenty.md §2). */
export const UNIQUE_PARTS: Partial<Record<FieldType, readonly string[]>> = {
  EMAILS: ['primaryEmail'],
  LINKS: ['primaryLinkUrl'],
  PHONES: ['primaryPhoneNumber', 'primaryPhoneCountryCode', 'primaryPhoneCallingCode'],
};

export const ACTOR_SOURCES: readonly string[] = [
  'EMAIL',
  'CALENDAR',
  'WORKFLOW',
  'AGENT',
  'API',
  'IMPORT',
  'MANUAL',
  'SYSTEM',
  'WEBHOOK',
  'APPLICATION',
];
