import { z } from 'zod';
import { asText, type Value } from '../values.ts';
import { define } from './transform.ts';

export const ADDRESS_PARTS = [
  'addressStreet1',
  'addressStreet2',
  'addressCity',
  'addressPostcode',
  'addressState',
  'addressCountry',
] as const;

export const address = define({
  name: 'address',
  doc: 'A list of cells as one ADDRESS value; `parts` names them in the order of the columns.',
  takes: ['list', 'text', 'any'],
  gives: 'address',
  lossy: null,
  settings: z.strictObject({ parts: z.array(z.enum(ADDRESS_PARTS)).min(1) }),
  shorthand: 'parts',
  whole: true,
  examples: [
    {
      settings: { parts: ['addressStreet1', 'addressCity'] },
      from: ['1 High St', 'Leeds'],
      gives: {
        addressStreet1: '1 High St',
        addressStreet2: '',
        addressCity: 'Leeds',
        addressPostcode: '',
        addressState: '',
        addressCountry: '',
        addressLat: null,
        addressLng: null,
      },
    },
  ],
  apply: (value, settings) => {
    const cells = Array.isArray(value) ? (value as readonly Value[]) : [value];
    const filled = Object.fromEntries(settings.parts.map((part, index) => [part, asText(cells[index] ?? null).trim()]));
    const empty = Object.fromEntries(ADDRESS_PARTS.map((part) => [part, '']));
    return { ...empty, ...filled, addressLat: null, addressLng: null };
  },
});
