import { z } from 'zod';
import { ChangeoverError } from '../core/errors.ts';
import type { Application } from './application.ts';
import type { DaemonHandle } from './daemon-handle.ts';

export interface OperationContext {
  readonly app: Application;
  /** The loops of this process; null while no daemon runs and a command works on the deployment by itself. */
  readonly daemon: DaemonHandle | null;
}

/** Something that can be done to a deployment, by a command or through the admin API. Input and result are JSON. */
export interface Operation<Input = unknown, Result = unknown> {
  readonly name: string;
  readonly input: z.ZodType<Input>;
  /** `read` may run beside a daemon without asking it. */
  readonly access: 'read' | 'write';
  run(context: OperationContext, input: Input): Promise<Result>;
}

export function defineOperation<Input, Result>(operation: Operation<Input, Result>): Operation<Input, Result> {
  return operation;
}

/** Checks the input and runs it. @throws USAGE for input that does not fit. */
export async function runOperation<Input, Result>(
  operation: Operation<Input, Result>,
  context: OperationContext,
  raw: unknown,
): Promise<Result> {
  const parsed = operation.input.safeParse(raw);
  if (!parsed.success) throw new ChangeoverError('USAGE', `${operation.name}: ${z.prettifyError(parsed.error)}`);
  return operation.run(context, parsed.data);
}
