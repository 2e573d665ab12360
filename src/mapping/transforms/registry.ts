import { address } from './address.ts';
import { body } from './body.ts';
import { boolean } from './boolean.ts';
import { collapse } from './collapse.ts';
import { computed } from './computed.ts';
import { concat } from './concat.ts';
import { currency } from './currency.ts';
import { date } from './date.ts';
import { decimal } from './decimal.ts';
import { byDefault } from './default.ts';
import { domain } from './domain.ts';
import { duration } from './duration.ts';
import { email } from './email.ts';
import { emails } from './emails.ts';
import { first } from './first.ts';
import { hash } from './hash.ts';
import { integer } from './integer.ts';
import { json } from './json.ts';
import { key } from './key.ts';
import { link } from './link.ts';
import { lookup } from './lookup.ts';
import { lower } from './lower.ts';
import { multiSelect } from './multi-select.ts';
import { number } from './number.ts';
import { except, only } from './only.ts';
import { phone } from './phone.ts';
import { phones } from './phones.ts';
import { prefix } from './prefix.ts';
import { replace } from './replace.ts';
import { round } from './round.ts';
import { select } from './select.ts';
import { split } from './split.ts';
import { splitName } from './split-name.ts';
import { pipeline, probability, stage } from './stage.ts';
import { suffix } from './suffix.ts';
import { template } from './template.ts';
import { text } from './text.ts';
import { timestamp } from './timestamp.ts';
import type { AnyTransform } from './transform.ts';
import { trim } from './trim.ts';
import { truncate } from './truncate.ts';
import { upper } from './upper.ts';

/** Every transform there is. A new one is one file and one line here; the guide and the tests take it from here. */
export const TRANSFORMS: readonly AnyTransform[] = [
  trim,
  collapse,
  lower,
  upper,
  text,
  truncate,
  replace,
  prefix,
  suffix,
  template,
  concat,
  split,
  first,
  only,
  except,
  byDefault,
  lookup,
  key,
  hash,
  json,
  number,
  integer,
  decimal,
  round,
  boolean,
  date,
  timestamp,
  duration,
  computed,
  currency,
  email,
  emails,
  phone,
  phones,
  link,
  domain,
  splitName,
  address,
  select,
  multiSelect,
  stage,
  pipeline,
  probability,
  body,
];

const BY_NAME: ReadonlyMap<string, AnyTransform> = new Map(TRANSFORMS.map((transform) => [transform.name, transform]));

export function transformNamed(name: string): AnyTransform | null {
  return BY_NAME.get(name) ?? null;
}
