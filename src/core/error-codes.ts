import { BUS_CODES } from './error-codes/bus.ts';
import { CONFIG_CODES } from './error-codes/config.ts';
import { CONNECTORS_CODES } from './error-codes/connectors.ts';
import { CORE_CODES } from './error-codes/core.ts';
import { DATAVERSE_CODES } from './error-codes/dataverse.ts';
import { DINAMIK_CODES } from './error-codes/dinamik.ts';
import type { ErrorCodeEntry } from './error-codes/entry.ts';
import { FILES_CODES } from './error-codes/files.ts';
import { KINABASE_CODES } from './error-codes/kinabase.ts';
import { MAPPING_CODES } from './error-codes/mapping.ts';
import { SERVER_CODES } from './error-codes/server.ts';
import { SINK_CODES } from './error-codes/sink.ts';
import { SOURCE_CODES } from './error-codes/source.ts';
import { STATE_CODES } from './error-codes/state.ts';
import { TWENTY_CODES } from './error-codes/twenty.ts';

export type { ErrorCodeEntry, Retry } from './error-codes/entry.ts';

/**
 * Every error the program can give, room by room. The page docs/reference/errors.md is generated from this table; add a code to
 * its room's part.
 */
export const ERROR_CODES = {
  ...CORE_CODES,
  ...CONFIG_CODES,
  ...SOURCE_CODES,
  ...BUS_CODES,
  ...STATE_CODES,
  ...MAPPING_CODES,
  ...TWENTY_CODES,
  ...FILES_CODES,
  ...SINK_CODES,
  ...SERVER_CODES,
  ...CONNECTORS_CODES,
  ...DATAVERSE_CODES,
  ...KINABASE_CODES,
  ...DINAMIK_CODES,
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
