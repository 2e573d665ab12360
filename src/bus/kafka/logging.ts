import { type logCreator, logLevel } from 'kafkajs';
import type { Logger } from '../../core/ports.ts';

/**
 * The lines of kafkajs in our log. It logs each try as an error; whether the work failed is said by our own errors, so its
 * lines come one level lower, and without their stacks.
 */
export function kafkaLogs(logger: Logger): logCreator {
  const write: Readonly<Record<logLevel, Logger['debug'] | null>> = {
    [logLevel.NOTHING]: null,
    [logLevel.ERROR]: (fields, message) => logger.info(fields, message),
    [logLevel.WARN]: (fields, message) => logger.debug(fields, message),
    [logLevel.INFO]: (fields, message) => logger.debug(fields, message),
    [logLevel.DEBUG]: null,
  };
  return () => (entry) => {
    const { message, timestamp: _timestamp, logger: _name, stack: _stack, ...fields } = entry.log;
    write[entry.level]?.({ kafka: entry.namespace, ...plain(fields) }, message);
  };
}

/** Only what is a plain value: kafkajs puts whole errors and configurations into its fields. */
function plain(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  );
}
