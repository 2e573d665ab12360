import type { Json, JsonObject } from '../json.ts';

interface Block {
  readonly type: string;
  readonly level?: number;
  readonly text: string;
}

const PROPS = { backgroundColor: 'default', textColor: 'default', textAlignment: 'left' } as const;

/** Markdown → the editor's blocks as JSON text. Covers paragraphs, headings, lists, bold, italic, code and links. */
export function blocksFromMarkdown(markdown: string, newId: () => string): string {
  return JSON.stringify(splitBlocks(markdown).map((block) => toBlock(block, newId)));
}

function splitBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0) blocks.push({ type: 'paragraph', text: paragraph.join('\n') });
    paragraph = [];
  };
  for (const line of markdown.split(/\r?\n/)) {
    const block = lineBlock(line);
    if (block === undefined) {
      if (line.trim() === '') flush();
      else paragraph.push(line.trim());
    } else {
      flush();
      blocks.push(block);
    }
  }
  flush();
  return blocks;
}

function lineBlock(line: string): Block | undefined {
  const heading = /^(#{1,3})\s+(.*)$/.exec(line);
  if (heading !== null) return { type: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' };
  const bullet = /^\s*[-*+]\s+(.*)$/.exec(line);
  if (bullet !== null) return { type: 'bulletListItem', text: bullet[1] ?? '' };
  const numbered = /^\s*\d+[.)]\s+(.*)$/.exec(line);
  return numbered === null ? undefined : { type: 'numberedListItem', text: numbered[1] ?? '' };
}

function toBlock(block: Block, newId: () => string): JsonObject {
  return {
    id: newId(),
    type: block.type,
    props: block.level === undefined ? { ...PROPS } : { ...PROPS, level: block.level },
    content: inline(block.text),
    children: [],
  };
}

const INLINE = /\*\*(.+?)\*\*|__(.+?)__|\*(.+?)\*|_(.+?)_|`(.+?)`|\[(.+?)\]\((.+?)\)/g;

function inline(text: string): Json[] {
  const parts: Json[] = [];
  let from = 0;
  const plain = (until: number): void => {
    if (until > from) parts.push({ type: 'text', text: text.slice(from, until), styles: {} });
  };
  for (const match of text.matchAll(INLINE)) {
    plain(match.index);
    from = match.index + match[0].length;
    const bold = match[1] ?? match[2];
    const italic = match[3] ?? match[4];
    if (bold !== undefined) parts.push({ type: 'text', text: bold, styles: { bold: true } });
    else if (italic !== undefined) parts.push({ type: 'text', text: italic, styles: { italic: true } });
    else if (match[5] !== undefined) parts.push({ type: 'text', text: match[5], styles: { code: true } });
    else {
      const content = [{ type: 'text', text: match[6] ?? '', styles: {} }];
      parts.push({ type: 'link', href: match[7] ?? '', content });
    }
  }
  plain(text.length);
  return parts;
}

/** The editor's blocks as JSON text → Markdown. Text that is no list of blocks gives an empty text. */
export function markdownFromBlocks(blocknote: string): string {
  let blocks: unknown;
  try {
    blocks = JSON.parse(blocknote);
  } catch {
    return '';
  }
  if (!Array.isArray(blocks)) return '';
  return blocks.map((block) => blockMarkdown(block as JsonObject)).join('\n\n');
}

const MARKS: Record<string, (props: JsonObject) => string> = {
  heading: (props) => `${'#'.repeat(typeof props.level === 'number' ? props.level : 1)} `,
  bulletListItem: () => '* ',
  numberedListItem: () => '1. ',
};

function blockMarkdown(block: JsonObject): string {
  const props = typeof block.props === 'object' ? ((block.props ?? {}) as JsonObject) : {};
  const content = Array.isArray(block.content) ? block.content : [];
  const mark = MARKS[String(block.type)]?.(props) ?? '';
  return mark + content.map((part) => inlineMarkdown(part as JsonObject)).join('');
}

function inlineMarkdown(part: JsonObject): string {
  const text = typeof part.text === 'string' ? part.text : '';
  const styles = (part.styles ?? {}) as JsonObject;
  if (part.type === 'link' && Array.isArray(part.content)) {
    const label = part.content.map((inner) => inlineMarkdown(inner as JsonObject)).join('');
    return `[${label}](${String(part.href)})`;
  }
  if (styles.bold === true) return `**${text}**`;
  if (styles.italic === true) return `*${text}*`;
  return styles.code === true ? `\`${text}\`` : text;
}
