import { buildShape, type Shape } from './shape.ts';
import type { FieldType, ModelField, ModelObject } from './types.ts';
import { FIELD_TYPES } from './types.ts';

/** The workspace's data model. Every change replaces an object by a new one and drops the shapes made from the old. */
export class Model {
  readonly #objects: Map<string, ModelObject>;
  readonly #shapes = new Map<string, Shape>();
  /** What this version calls rich text in its metadata. */
  readonly #richText: string;
  #version = 1;

  constructor(objects: readonly ModelObject[], richText: string = 'RICH_TEXT') {
    this.#richText = richText;
    this.#objects = new Map(objects.map((object) => [object.nameSingular, object]));
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** The name under which the metadata API shows a type, and takes it. */
  shownType(type: FieldType): string {
    return type === 'RICH_TEXT' ? this.#richText : type;
  }

  typeNamed(name: unknown): FieldType | undefined {
    return FIELD_TYPES.find((type) => this.shownType(type) === name);
  }

  objects(): readonly ModelObject[] {
    return [...this.#objects.values()];
  }

  object(nameSingular: string): ModelObject | undefined {
    return this.#objects.get(nameSingular);
  }

  objectById(id: string): ModelObject | undefined {
    return this.objects().find((object) => object.id === id);
  }

  byPlural(namePlural: string): ModelObject | undefined {
    return this.objects().find((object) => object.namePlural === namePlural);
  }

  field(id: string): { readonly object: ModelObject; readonly field: ModelField } | undefined {
    for (const object of this.#objects.values()) {
      const field = object.fields.find((candidate) => candidate.id === id);
      if (field !== undefined) return { object, field };
    }
    return undefined;
  }

  shape(nameSingular: string): Shape {
    const known = this.#shapes.get(nameSingular);
    if (known !== undefined) return known;
    const object = this.#objects.get(nameSingular);
    if (object === undefined) throw new Error(`The model has no object ${nameSingular}`);
    const shape = buildShape(object, this.#objects);
    this.#shapes.set(nameSingular, shape);
    return shape;
  }

  put(...objects: readonly ModelObject[]): void {
    for (const object of objects) this.#objects.set(object.nameSingular, object);
    this.#changed();
  }

  remove(nameSingular: string): void {
    this.#objects.delete(nameSingular);
    this.#changed();
  }

  #changed(): void {
    this.#shapes.clear();
    this.#version += 1;
  }
}
