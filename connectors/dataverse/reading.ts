import type { Option } from './labels.ts';

/** How a value of a column stands in an event. docs/reference says what becomes of each attribute type. */
export type Reading =
  | { readonly kind: 'text' | 'long' | 'double' | 'boolean' | 'date' | 'instant' | 'local-time' }
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'option' | 'options'; readonly options: readonly Option[] }
  /** A lookup at one synced table: the id. */
  | { readonly kind: 'link'; readonly target: string }
  /** At several tables: one field per synced target, and a text for all others. */
  | {
      readonly kind: 'links';
      readonly targets: readonly string[];
      readonly others: readonly string[];
      /** Whether it may point at tables that are not synced, now or after the next change of the settings. */
      readonly open: boolean;
    }
  /** At a table that is not synced but has names: the name (an e-mail, a currency code). */
  | { readonly kind: 'name'; readonly targets: readonly string[] }
  | { readonly kind: 'file' }
  /** Who took part, in this role; the parties are rows of their own. */
  | { readonly kind: 'parties' };
