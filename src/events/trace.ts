import type { Random } from '../core/ports.ts';

/** A W3C trace context (www.w3.org/TR/trace-context): which trace a message belongs to, and which step made it. */
export interface TraceParent {
  /** 32 hex digits, not all zero. */
  readonly traceId: string;
  /** 16 hex digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
}

export const TRACE_HEADER = 'traceparent';
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** A new trace, or the next step of the one given. */
export function traceParent(random: Random, parent: TraceParent | null = null): TraceParent {
  return {
    traceId: parent?.traceId ?? digits(random),
    spanId: digits(random).slice(16),
    sampled: parent?.sampled ?? true,
  };
}

/** A version 4 UUID without its hyphens: its 32 digits are never all zero, and neither are the last 16. */
function digits(random: Random): string {
  return random.uuid().replaceAll('-', '').toLowerCase();
}

export function formatTraceParent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Null where the header is missing or not legal: a new trace begins. A later version is read as far as we know it. */
export function parseTraceParent(header: string | undefined): TraceParent | null {
  const [, version, traceId, spanId, flags, more] = FORM.exec(header ?? '') ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
