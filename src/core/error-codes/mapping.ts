import type { ErrorCodeEntry } from './entry.ts';

/** Codes of mappings. */
export const MAPPING_CODES = {
  MAPPING_UNREADABLE: {
    meaning: 'The mapping file is not readable YAML, or cannot be opened.',
    hint: 'Correct the file at the place named.',
    retry: 'never',
  },
  MAPPING_INVALID: {
    meaning: 'Something in the mapping file is not as the language wants it.',
    hint: 'Correct the file at the place named; docs/guide/mapping.md explains the language.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_KEY: {
    meaning: 'The mapping file has a key that the language does not know.',
    hint: 'Correct the spelling; docs/guide/mapping.md lists the keys.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_TRANSFORM: {
    meaning: 'The mapping uses a transform that does not exist.',
    hint: 'Take one of the transforms of docs/guide/mapping.md.',
    retry: 'never',
  },
  MAPPING_TRANSFORM_SETTINGS: {
    meaning: 'The settings of a transform are not as it wants them.',
    hint: 'See the transform in docs/guide/mapping.md.',
    retry: 'never',
  },
  MAPPING_TRANSFORM_TYPE: {
    meaning: 'A transform gets a kind of value that it cannot take.',
    hint: 'Put a transform that converts the value before it, or leave one out.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_NAME: {
    meaning: 'The mapping refers to a choice, table, list, question, link or index that it does not define.',
    hint: 'Define it, or correct the name.',
    retry: 'never',
  },
  MAPPING_CONFLICT: {
    meaning: 'Two places of the mapping say different things about the same field, object or option.',
    hint: 'Make them agree.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_OBJECT: {
    meaning: 'The mapping names a source object or a Twenty object that does not exist.',
    hint: 'Correct the name, or let `provision` in the mapping make it.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_COLUMN: {
    meaning: 'The mapping names a column that the source object does not have.',
    hint: 'Correct the name; headers count exactly, letter by letter.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_FIELD: {
    meaning: 'The mapping writes to a Twenty field that neither exists nor is created by the mapping.',
    hint: 'Correct the name, or add `create` to the field.',
    retry: 'never',
  },
  MAPPING_UNKNOWN_OPTION: {
    meaning: 'The mapping uses an option that the field neither has nor gets from the mapping.',
    hint: 'Correct the option, or add it to the options that the mapping creates.',
    retry: 'never',
  },
  MAPPING_UNMAPPED: {
    meaning: 'A discovered object or column is neither mapped nor skipped.',
    hint: 'Map it, or skip it with a reason.',
    retry: 'never',
  },
  MAPPING_UNDECIDED: {
    meaning: 'The proposal left a column for a person to decide.',
    hint: 'Map the column or skip it with a reason, and take it out of `undecided`.',
    retry: 'never',
  },
  MAPPING_TYPE_MISMATCH: {
    meaning: 'What the transforms give does not fit the type of the Twenty field.',
    hint: 'Add the transform that gives this type.',
    retry: 'never',
  },
  MAPPING_AMBIGUOUS_FORMAT: {
    meaning: 'The values of the column can be read in more than one way, and the mapping does not say which.',
    hint: 'Add the column to `formats`.',
    retry: 'never',
  },
  MAPPING_LINK_UNMAPPED: {
    meaning: 'A link points to an object that the mapping does not move.',
    hint: 'Map that object, or remove the attempt.',
    retry: 'never',
  },
  MAPPING_TIER_ORDER: {
    meaning: 'Two objects link to each other in a circle: one of them is written before what it points at.',
    hint: 'Nothing has to be done; `tier` says which of them goes first.',
    retry: 'never',
  },
  MAPPING_REQUIRED_FIELD: {
    meaning: 'The mapping can leave a field empty that Twenty requires.',
    hint: 'Give it a `default`, or `onEmpty: leave`.',
    retry: 'never',
  },
  MAPPING_LOSSY: {
    meaning: 'What the mapping does loses something.',
    hint: 'Read the list of losses before confirming; nothing has to be done where it is meant.',
    retry: 'never',
  },
  MAPPING_NOT_CONFIRMED: {
    meaning: 'Nobody confirmed this mapping.',
    hint: 'Look at `changeover map check` and confirm it with `changeover map confirm`.',
    retry: 'hold',
  },
  MAPPING_CHANGED: {
    meaning: 'The mapping changed since it was confirmed.',
    hint: 'Look at `changeover map preview` and confirm it again, or put the confirmed file back.',
    retry: 'hold',
  },
  MAPPING_BAD_EMAIL: {
    meaning: 'A value is not an e-mail address.',
    hint: 'Correct it in the source, or say in the mapping what becomes of it (`onInvalid`).',
    retry: 'hold',
  },
  MAPPING_BAD_PHONE: {
    meaning: 'A value is not a phone number.',
    hint: 'Correct it in the source, or say in the mapping what becomes of it (`onInvalid`).',
    retry: 'hold',
  },
  MAPPING_BAD_LINK: {
    meaning: 'A value is not a web address.',
    hint: 'Correct it in the source, or say in the mapping what becomes of it (`onInvalid`).',
    retry: 'hold',
  },
  MAPPING_BAD_NUMBER: {
    meaning: 'A value is not a number, or not one that the field can hold.',
    hint: 'Correct it in the source, or the format in the mapping.',
    retry: 'hold',
  },
  MAPPING_BAD_DATE: {
    meaning: 'A value is not a date or time of the format that the mapping says.',
    hint: 'Correct it in the source, or the format in the mapping.',
    retry: 'hold',
  },
  MAPPING_BAD_BOOLEAN: {
    meaning: 'A value is none of the words for yes and no.',
    hint: 'Add the word to the format in the mapping, or correct it in the source.',
    retry: 'hold',
  },
  MAPPING_BAD_CURRENCY: {
    meaning: 'A value is not an amount with a currency.',
    hint: 'Correct it in the source, or give the mapping a default currency.',
    retry: 'hold',
  },
  MAPPING_BAD_VALUE: {
    meaning: 'A value is not what the transform needs.',
    hint: 'Correct it in the source, or say in the mapping what becomes of it (`onInvalid`).',
    retry: 'hold',
  },
  MAPPING_OPTION_NOT_LISTED: {
    meaning: 'A value is none of the options of the field.',
    hint: 'Add it to the options or to the rename table of the mapping, and confirm the mapping again.',
    retry: 'hold',
  },
  MANIFEST_NOT_WRITTEN: {
    meaning: 'A file of the manifest cannot be written.',
    hint: 'Name a folder that you may write in.',
    retry: 'never',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
