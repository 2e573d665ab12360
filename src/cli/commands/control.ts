import { pause, poll, resume, resumeObject, stop } from '../../app/operations/control.ts';
import type { Command } from '../command.ts';
import { operate, whoever } from '../operate.ts';

const by = { flags: '--by <name>', description: 'Who asks; the user of this machine unless given.' };
const what = { name: 'what', description: 'source, writer or all (default).', required: false };

export const pauseCommand: Command = {
  name: 'pause',
  summary: 'Pauses reading, writing or both; survives a restart.',
  arguments: [what],
  options: [by],
  examples: ['changeover pause writer'],
  async run(context, input) {
    const result = await operate(context, pause, { what: input.arguments[0] ?? 'all', by: whoever(input) });
    return { json: result, text: describe(result), exit: 'ok' };
  },
};

export const resumeCommand: Command = {
  name: 'resume',
  summary: 'Goes on after a pause, or with an object that was stopped because too many of its records were refused.',
  arguments: [{ ...what, description: 'source, writer or all (default); or an object, as source/object.' }],
  options: [by],
  examples: ['changeover resume', 'changeover resume crm/contact'],
  async run(context, input) {
    const [named] = input.arguments;
    const at = named?.indexOf('/') ?? -1;
    if (named !== undefined && at > 0) {
      const which = { source: named.slice(0, at), object: named.slice(at + 1), by: whoever(input) };
      const result = await operate(context, resumeObject, which);
      return { json: result, text: `${result.source}/${result.object} goes on`, exit: 'ok' };
    }
    const result = await operate(context, resume, { what: input.arguments[0] ?? 'all', by: whoever(input) });
    return { json: result, text: describe(result), exit: 'ok' };
  },
};

function describe(paused: { source: boolean; writer: boolean }): string {
  return `reading ${paused.source ? 'paused' : 'on'}, writing ${paused.writer ? 'paused' : 'on'}`;
}

export const pollCommand: Command = {
  name: 'poll',
  summary: 'Lets the running daemon read sources, members, unique values and edits by people again at once.',
  description: 'Objects that stopped with an error are tried again too: run it once the cause is mended.',
  arguments: [],
  options: [],
  examples: ['changeover poll'],
  async run(context) {
    const result = await operate(context, poll, {});
    return { json: result, text: 'asked', exit: 'ok' };
  },
};

export const stopCommand: Command = {
  name: 'stop',
  summary: 'Lets the running daemon finish its calls and stop.',
  arguments: [],
  options: [],
  examples: ['changeover stop'],
  async run(context) {
    const result = await operate(context, stop, {});
    return { json: result, text: 'stopping', exit: 'ok' };
  },
};
