import { describe, expect, it } from 'vitest';
import { lookAt } from './content-type.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));

const PDF = bytes('%PDF-1.7\n');
const PNG = hex('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489');
const JPEG = hex('ffd8ffe000104a46494600010100000100010000');
const EXE = hex(`4d5a${'90'.repeat(62)}`);
const ZIP = hex('504b0304140000000800');
const CFB = hex('d0cf11e0a1b11ae1000000000000000000000000000000003e000300feff0900');
const PAGE = bytes('\n<!DOCTYPE html><html><title>Sign in</title></html>');
const UTF16 = hex('fffe4100420043000a00');

describe('content that its name fits', () => {
  it.each([
    ['offer.pdf', PDF, 'application/pdf'],
    ['OFFER.PDF', PDF, 'application/pdf'],
    ['photo.jpeg', JPEG, 'image/jpeg'],
    ['letter.docx', ZIP, 'application/zip'],
    ['letter.doc', CFB, 'application/x-cfb'],
    ['notes.txt', bytes('Çok memnun'), 'text/plain'],
    ['table.csv', UTF16, null],
    ['page.html', PAGE, 'text/html'],
    ['mail.eml', bytes('From: a@b.example\n\n<html></html>'), 'text/plain'],
    // A name that promises nothing is kept by any content but a page.
    ['offer', PDF, 'application/pdf'],
    ['offer.v2', PNG, 'image/png'],
    ['setup.exe', EXE, 'application/x-msdownload'],
    ['empty.pdf', new Uint8Array(), null],
  ])('%s', async (name, head, type) => {
    const finding = await lookAt(head, name);
    expect(finding.contradiction).toBeNull();
    if (type !== null) expect(finding.type).toBe(type);
  });
});

describe('content that is not what its name says', () => {
  it.each([
    ['offer.pdf', PAGE, 'ends in .pdf, but the content is a web page'],
    ['download', PAGE, 'has no ending, but the content is a web page'],
    ['data.json', PAGE, 'ends in .json, but the content is a web page'],
    ['photo.png', EXE, 'ends in .png, but the content is application/x-msdownload'],
    ['photo.png', JPEG, 'ends in .png, but the content is image/jpeg'],
    ['offer', EXE, 'has no ending, but the content is application/x-msdownload'],
    ['notes.txt', PNG, 'ends in .txt, but the content is image/png'],
    ['notes.txt', hex('0001020304'), 'ends in .txt, but the content is no text'],
    ['offer.pdf', bytes('not found'), 'ends in .pdf, but the content is text/plain'],
    ['offer.pdf', hex('0001020304'), 'ends in .pdf, but the content is something that is not known'],
  ])('%s', async (name, head, why) => {
    expect((await lookAt(head, name)).contradiction).toBe(`the name ${why}`);
  });
});
