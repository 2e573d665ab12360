import { isObject, type JsonObject, textOf } from '../../src/core/exact-json.ts';

export interface Option {
  readonly value: number;
  readonly label: string;
}

/** Of two options with one label, both get their number behind it. */
export function optionsOf(set: unknown, language: number): readonly Option[] {
  const list = isObject(set) && Array.isArray(set.Options) ? set.Options.filter(isObject) : [];
  const options = list.map((option): Option => {
    const value = Number(option.Value);
    return { value, label: labelOf(option.Label, language) ?? `#${value}` };
  });
  const twice = (label: string): boolean => options.filter((option) => option.label === label).length > 1;
  return options.map(({ value, label }) => ({ value, label: twice(label) ? `${label} (${value})` : label }));
}

/** In the language asked for, else in the caller's, else in any. */
export function labelOf(label: unknown, language: number): string | null {
  if (!isObject(label)) return null;
  const all = Array.isArray(label.LocalizedLabels) ? label.LocalizedLabels.filter(isObject) : [];
  const wanted = all.find(({ LanguageCode }) => LanguageCode === language);
  const own = isObject(label.UserLocalizedLabel) ? label.UserLocalizedLabel : undefined;
  return textOf((wanted ?? own ?? all[0])?.Label);
}

export function typeNameOf(attribute: JsonObject): string {
  const { AttributeTypeName: name } = attribute;
  return (isObject(name) ? textOf(name.Value) : null) ?? `${String(attribute.AttributeType)}Type`;
}
