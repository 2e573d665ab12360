/** Texts of a source in Twenty's forms and back again, for the small mappings and the looks at rows of the sink's tests. */

/** What a source says as text; empty where it says nothing. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A person's name of which the source knows one part. */
export const personName = (first: unknown) => ({ firstName: text(first), lastName: '' });

export const oneEmail = (address: unknown) => ({ primaryEmail: text(address), additionalEmails: [] });

export const oneLink = (url: unknown) => ({ primaryLinkUrl: text(url), primaryLinkLabel: '', secondaryLinks: [] });

/** A part of a composite value: `part(row.name, 'firstName')`. */
export const part = (value: unknown, name: string): string =>
  typeof value === 'object' && value !== null ? text((value as Readonly<Record<string, unknown>>)[name]) : '';

type Row = Readonly<Record<string, unknown>>;

export const firstNameOf = (row: Row): string => part(row.name, 'firstName');

export const emailOf = (row: Row): string => part(row.emails, 'primaryEmail');

/** Of rows whose name is a text, in the order of the alphabet. */
export const namesOf = (rows: readonly Row[]): readonly unknown[] => rows.map(({ name }) => name).sort();
