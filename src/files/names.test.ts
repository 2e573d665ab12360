import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeName } from './names.ts';

describe('a name from outside (F6)', () => {
  it.each([
    ['Teklif şartları.pdf', 'Teklif şartları.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\offer.docx', 'offer.docx'],
    ['offer.pdf/', 'offer.pdf'],
    ['of\u0000fer\u0007.p\ndf', 'offer.pdf'],
    ['a\r\nContent-Type: text/html\r\n\r\n.pdf', 'html.pdf'],
    // Shown as "invoicefdp.exe" turned round: "invoiceexe.pdf".
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['zero\u200bwidth\ufeff.txt', 'zerowidth.txt'],
    ['con', '_con'],
    ['NUL.txt', '_NUL.txt'],
    ['com1.tar.gz', '_com1.tar.gz'],
    ['console.txt', 'console.txt'],
    ['what? "this" <is>|*.txt', 'what_ _this_ _is___.txt'],
    ['ends with dots... ', 'ends with dots'],
    ['  two   spaces.txt', 'two spaces.txt'],
    ['e\u0301.txt', 'é.txt'],
    ['half \ud83d.txt', 'half \ufffd.txt'],
    ['..', 'note-7'],
    ['\u202e', 'note-7'],
    ['', 'note-7'],
  ])('%j becomes %j', (given, safe) => {
    expect(safeName(given, 'note-7')).toBe(safe);
  });

  it('of 300 letters keeps its beginning and its ending, and no letter is cut in two', () => {
    for (const letter of ['a', 'ş', '語', '😀']) {
      const name = safeName(`${letter.repeat(300)}.pdf`, 'note-7');
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(Buffer.byteLength(name)).toBeGreaterThan(247);
      expect(name).toMatch(new RegExp(`^(?:${letter})+\\.pdf$`, 'u'));
    }
  });

  it('whatever it is, is one part of a path, printable, short enough, and the same when taken again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ maxLength: 20 }), (given, fallback) => {
        const name = safeName(given, fallback);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        expect(name).not.toMatch(/[/\\<>:"|?*\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
        expect(name).not.toMatch(/^\.*$|[. ]$/);
        expect(safeName(name, fallback)).toBe(name);
      }),
      { numRuns: 300 },
    );
  });
});
