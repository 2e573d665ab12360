import { describe, expect, it } from 'vitest';
import { exportProfile } from './profile.ts';
import { parseSettings } from './settings.ts';

describe('settings of smart-crm-online', () => {
  it('need a folder and nothing else', () => {
    expect(parseSettings({ folder: 'exports' })).toMatchObject({
      folder: 'exports',
      timezone: 'UTC',
      deleteShare: 0.05,
      deleteRows: 20,
      stability: { looks: 3, seconds: 1 },
    });
  });

  it.each([
    [{}, 'settings.folder'],
    [{ folder: 'x', timezone: 'Europe/Nowhere' }, 'settings.timezone'],
    [{ folder: 'x', codePage: 'latin5' }, 'settings.codePage'],
    [{ folder: 'x', deleteShare: 5 }, 'settings.deleteShare'],
    [{ folder: 'x', files: { customer: ['kunden*.csv'] } }, 'settings.files'],
    [{ folder: 'x', headers: { contact: { Mail: ['Courriel'] } } }, 'settings.headers'],
    [{ folder: 'x', colour: 'red' }, 'colour'],
  ])('refuse %j, and name the place', (raw, place) => {
    expect(() => parseSettings(raw)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(place) }),
    );
  });

  it('add file names, headers and patterns of times to what the connector knows', () => {
    const profile = exportProfile(
      parseSettings({
        folder: 'x',
        codePage: 'windows-1254',
        files: { contact: ['kunden*.csv'] },
        headers: { contact: { Email: ['Courriel'], 'Contact ID': ['Kundennummer'] } },
        times: { contact: 'dd/MM/yyyy HH:mm' },
      }),
    );
    const contact = profile.objects.find(({ name }) => name === 'contact');
    expect(contact?.files).toContain('kunden*.csv');
    expect(contact?.id).toContain('Kundennummer');
    expect(contact?.columns.find(({ name }) => name === 'Email')?.aliases).toContain('Courriel');
    expect(contact?.modified).toEqual({ column: 'Modified', pattern: 'dd/MM/yyyy HH:mm' });
    expect(profile.dialect).toEqual({ codePage: 'windows-1254' });
  });
});
