import { type DestinationStream, type LevelWithSilent, type Logger as Pino, pino } from 'pino';
import type { LogFields, Logger } from './ports.ts';

export interface LoggerOptions {
  readonly level?: LevelWithSilent;
  /** Where lines go; standard error unless given, since standard output belongs to command output. */
  readonly destination?: DestinationStream;
  /** Called before each line is written. */
  readonly onLine?: () => void;
}

/** Field names whose values never reach a log line (design §6.10), at the top and up to three levels down. */
const SECRET_NAMES = [
  'authorization',
  'Authorization',
  'cookie',
  'set-cookie',
  'token',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'apiKey',
  'api_key',
  'x-api-key',
  'password',
  'secret',
  'clientSecret',
  'client_secret',
];

const SECRET_PATHS = SECRET_NAMES.flatMap((name) => {
  const last = `["${name}"]`;
  return [last, `*${last}`, `*.*${last}`, `*.*.*${last}`];
});

export function createLogger(options: LoggerOptions = {}): Logger {
  const written = options.destination ?? pino.destination({ dest: 2, sync: true });
  const { onLine } = options;
  const destination: DestinationStream =
    onLine === undefined
      ? written
      : {
          write: (line) => {
            onLine();
            written.write(line);
          },
        };
  return wrap(
    pino(
      { level: options.level ?? 'info', base: null, redact: { paths: SECRET_PATHS, censor: '[hidden]' } },
      destination,
    ),
  );
}

/** For tests and for callers that want no log. */
export function silentLogger(): Logger {
  const nothing = () => undefined;
  const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };
  return logger;
}

function wrap(inner: Pino): Logger {
  return {
    debug: (fields: LogFields, message: string) => inner.debug(fields, message),
    info: (fields: LogFields, message: string) => inner.info(fields, message),
    warn: (fields: LogFields, message: string) => inner.warn(fields, message),
    error: (fields: LogFields, message: string) => inner.error(fields, message),
    child: (fields: LogFields) => wrap(inner.child(fields)),
  };
}
