import { mapCheck, mapConfirm, mapMatrix, mapPreview, mapPropose } from '../../app/operations/mapping.ts';
import { describePlace } from '../../core/errors.ts';
import type { Command } from '../command.ts';
import { flag, number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

const source = { name: 'source', description: 'Name of the source in changeover.yaml.', required: true };

export const mapCheckCommand: Command = {
  name: 'map check',
  summary: 'Finds what is wrong with a mapping, against the export and the workspace, each with file, line and column.',
  arguments: [source],
  options: [{ flags: '--offline', description: 'Do not ask the workspace.' }],
  examples: ['changeover map check crm', 'changeover map check crm --offline --json'],
  async run(context, input) {
    const result = await operate(context, mapCheck, { source: input.arguments[0], offline: flag(input, 'offline') });
    const lines = result.findings.map(
      (one) => `${describePlace(one.place)}: ${one.severity} [${one.code}] ${one.message}\n  ${one.hint}`,
    );
    const closing = result.errors === 0 ? 'The mapping can be confirmed.' : `${result.errors} errors.`;
    return { json: result, text: [...lines, closing].join('\n'), exit: result.errors === 0 ? 'ok' : 'findings' };
  },
};

export const mapConfirmCommand: Command = {
  name: 'map confirm',
  summary: 'Confirms the mapping as it stands: records move under this one only.',
  description: 'After a change of a confirmed mapping, exactly the records that it changes are written again.',
  arguments: [source],
  options: [{ flags: '--by <name>', description: 'Who confirms; the user of this machine unless given.' }],
  examples: ['changeover map confirm crm --by "Jo Park"'],
  async run(context, input) {
    const result = await operate(context, mapConfirm, { source: input.arguments[0], by: whoever(input) });
    return {
      json: result,
      text: `${result.source}: mapping ${result.hash} confirmed by ${result.by}${result.changed ? `, ${result.touched} records are looked at again` : ', unchanged'}`,
      exit: 'ok',
    };
  },
};

export const mapProposeCommand: Command = {
  name: 'map propose',
  summary:
    'Writes a mapping from what was discovered, on top of the one in force: every field with a confidence and a reason.',
  description: 'Prints the file; nothing is confirmed by it.',
  arguments: [source],
  options: [],
  examples: ['changeover map propose crm > mapping.yaml'],
  async run(context, input) {
    const result = await operate(context, mapPropose, { source: input.arguments[0] });
    return { json: result, text: result.text.trimEnd(), exit: 'ok' };
  },
};

export const mapMatrixCommand: Command = {
  name: 'map matrix',
  summary: 'Prints what becomes of every column: target, conversion, loss, recommendation, decision.',
  arguments: [source],
  options: [{ flags: '--format <format>', description: 'markdown (default), html or csv.' }],
  examples: ['changeover map matrix crm --format html > matrix.html'],
  async run(context, input) {
    const format = text(input, 'format');
    const result = await operate(context, mapMatrix, {
      source: input.arguments[0],
      ...(format === undefined ? {} : { format }),
    });
    return { json: { rows: result.rows }, text: result.text.trimEnd(), exit: 'ok' };
  },
};

export const mapPreviewCommand: Command = {
  name: 'map preview',
  summary:
    'Names the records that the mapping as it stands would change, and what writing them costs. Changes nothing.',
  arguments: [source],
  options: [{ flags: '--limit <number>', description: 'Name at most so many records; 1,000 unless given.' }],
  examples: ['changeover map preview crm'],
  async run(context, input) {
    const limit = number(input, 'limit');
    const result = await operate(context, mapPreview, {
      source: input.arguments[0],
      ...(limit === undefined ? {} : { limit }),
    });
    const fields = table(['what differs', 'records'], Object.entries(result.fields));
    const price = `${result.records} of ${result.looked} records change: ${result.calls} calls, about ${result.minutes.toFixed(1)} minutes of the API.`;
    const { uploads, attachments, removals, uploadCalls } = result.files;
    const files =
      uploads + attachments + removals === 0
        ? []
        : [
            `${uploads} files to upload (${uploadCalls} calls beside the limit), ${attachments} attachments to write, ${removals} to take away.`,
          ];
    return { json: result, text: [fields, price, ...files, ...result.keys].join('\n'), exit: 'ok' };
  },
};
