import type { CustomField, Row } from '../account.ts';
import type { Written } from './sample.ts';
import type { Sizes } from './sizes.ts';
import type { Writing } from './writing.ts';

/** Six modules of this account: among them a field of every type, and a relation to each kind of record. */
export function writeCustomModules(writing: Writing, sizes: Sizes, { companies, contacts }: Written): void {
  const make = (module: string, name: string, fields: readonly CustomField[]): Row =>
    writing.row(module, { name }, { CustomFields: fields.map((field) => ({ ...field })) });
  const many = <T>(count: number, one: (at: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, at) => one(at));
  const to = (module: string, label: string, rows: readonly Row[]): CustomField => ({
    name: module.slice(0, 1).toLowerCase() + module.slice(1),
    label,
    type: 'relation',
    value: writing.pick(rows).id,
    module,
  });
  const sites = many(sizes.Site, (at) =>
    make('Site', `Tesis ${at + 1}`, [
      { name: 'capacity', label: 'Kapasite', type: 'number', value: writing.whole(10, 5_000) / 10 },
      { name: 'openSince', label: 'Açılış', type: 'date', value: writing.day() },
      to('Company', 'Firma', companies),
    ]),
  );
  const machines = many(sizes.Machine, (at) =>
    make('Machine', `Makine ${at + 1}`, [
      { name: 'serial', label: 'Seri no', type: 'text', value: `000${at}` },
      { name: 'weight', label: 'Ağırlık', type: 'number', value: writing.whole(10, 9_000) / 4 },
      { name: 'builtOn', label: 'Üretim', type: 'date', value: writing.day() },
      { name: 'checkedAt', label: 'Kontrol', type: 'datetime', value: writing.time() },
      { name: 'state', label: 'Durum', type: 'select', value: writing.pick(['Çalışıyor', 'Duruyor', 'Bakımda']) },
      {
        name: 'uses',
        label: 'Kullanım',
        type: 'multiselect',
        value: writing.chance(0.5) ? ['Kesme', 'Delme'] : ['Bükme'],
      },
      { name: 'contactMail', label: 'E-posta', type: 'email', value: `makine-${at}@tesis.example` },
      { name: 'hotline', label: 'Hat', type: 'phone', value: `0216 555 ${1000 + at}` },
      { name: 'manual', label: 'Kılavuz', type: 'url', value: `https://tesis.example/makine/${at}` },
      { name: 'insured', label: 'Sigortalı', type: 'boolean', value: writing.chance(0.6) },
      to('Site', 'Tesis', sites),
    ]),
  );
  many(sizes.ServiceContract, (at) =>
    make('ServiceContract', `Sözleşme ${at + 1}`, [
      { name: 'startsOn', label: 'Başlangıç', type: 'date', value: writing.day() },
      { name: 'level', label: 'Seviye', type: 'select', value: writing.pick(['Altın', 'Gümüş', 'Bronz']) },
      { name: 'monthly', label: 'Aylık', type: 'number', value: writing.whole(100, 9_999) },
      to('Machine', 'Makine', machines),
      to('Company', 'Firma', companies),
    ]),
  );
  const trainings = many(sizes.Training, (at) =>
    make('Training', `Eğitim ${at + 1}`, [
      { name: 'heldAt', label: 'Zaman', type: 'datetime', value: writing.time() },
      {
        name: 'topics',
        label: 'Konular',
        type: 'multiselect',
        value: writing.chance(0.5) ? ['Güvenlik', 'Bakım'] : ['Kullanım'],
      },
    ]),
  );
  many(sizes.Student, (at) =>
    make('Student', `Katılımcı ${at + 1}`, [
      { name: 'email', label: 'E-posta', type: 'email', value: `katilimci-${at}@okul.example` },
      { name: 'passed', label: 'Geçti', type: 'boolean', value: writing.chance(0.8) },
      to('Training', 'Eğitim', trainings),
      to('Contact', 'Kişi', contacts),
    ]),
  );
  many(sizes.Inspection, (at) =>
    make('Inspection', `Muayene ${at + 1}`, [
      { name: 'doneOn', label: 'Tarih', type: 'date', value: writing.day() },
      { name: 'score', label: 'Puan', type: 'number', value: writing.whole(0, 100) },
      { name: 'findings', label: 'Bulgular', type: 'text', value: writing.chance(0.5) ? 'Yağ kaçağı' : null },
      to('Machine', 'Makine', machines),
    ]),
  );
}
