import type { FileFlow, VersionTraits } from '../versions/traits.ts';

/** The part of the metadata API that a version answers, as GraphQL sees it. Names and shapes: twenty.md O6, §5. */
export function metadataSdl({ richText, targets, files }: VersionTraits): string {
  const morph = targets === 'morph' ? 'morphRelations: [Relation!]' : '';
  const uploads = UPLOADS[files];
  return SDL.replace('$MORPH', morph).replace('$UPLOADS', uploads).replace('$RICH_TEXT', richText);
}

/** Newer versions keep the older call of files, deprecated. */
const MULTIPART = `
  uploadFilesFieldFileByUniversalIdentifier(file: Upload!, fieldMetadataUniversalIdentifier: String!): UploadedFile!`;

const UPLOADS: Readonly<Record<FileFlow, string>> = {
  paths: `
  uploadFile(file: Upload!, fileFolder: FileFolder): SignedFile!`,
  multipart: MULTIPART,
  'three-calls': `${MULTIPART}
  createFileUpload(filename: String!, size: Float!, fileFolder: FileFolder!, fieldMetadataUniversalIdentifier: String): FileUpload!
  completeFileUpload(fileId: String!): UploadedFile!`,
};

const SDL = `
scalar UUID
scalar JSON
scalar DateTime
scalar ConnectionCursor
scalar Upload

type SignedFile { path: String! token: String! }

enum RelationType { ONE_TO_MANY MANY_TO_ONE }
enum FileFolder {
  ProfilePicture WorkspaceLogo Attachment PersonPicture CorePicture File AgentChat FilesField Dependencies Source
}

type PageInfo { hasNextPage: Boolean hasPreviousPage: Boolean startCursor: ConnectionCursor endCursor: ConnectionCursor }
input CursorPaging { before: ConnectionCursor after: ConnectionCursor first: Int last: Int }
input BooleanFieldComparison { is: Boolean isNot: Boolean }
input UUIDFilterComparison { eq: UUID neq: UUID in: [UUID!] }
input ObjectFilter { id: UUIDFilterComparison isActive: BooleanFieldComparison isSystem: BooleanFieldComparison }
input FieldFilter {
  id: UUIDFilterComparison objectMetadataId: UUIDFilterComparison
  isActive: BooleanFieldComparison isSystem: BooleanFieldComparison
}

type Relation {
  type: RelationType!
  sourceObjectMetadata: Object! targetObjectMetadata: Object!
  sourceFieldMetadata: Field! targetFieldMetadata: Field!
}

type Field {
  id: UUID! universalIdentifier: UUID type: String! name: String! label: String! description: String icon: String
  isActive: Boolean isSystem: Boolean isUIReadOnly: Boolean isNullable: Boolean isUnique: Boolean
  defaultValue: JSON options: JSON settings: JSON isLabelSyncedWithName: Boolean objectMetadataId: UUID!
  createdAt: DateTime! updatedAt: DateTime! relation: Relation $MORPH object: Object
}

type IndexField { id: UUID! fieldMetadataId: UUID! order: Float! createdAt: DateTime updatedAt: DateTime }
type Index {
  id: UUID! name: String! isUnique: Boolean isCustom: Boolean indexType: String! indexWhereClause: String
  indexFieldMetadataList: [IndexField!]! createdAt: DateTime updatedAt: DateTime
}

type Object {
  id: UUID! universalIdentifier: UUID nameSingular: String! namePlural: String! labelSingular: String!
  labelPlural: String! description: String icon: String isRemote: Boolean isActive: Boolean isSystem: Boolean
  isUIReadOnly: Boolean isSearchable: Boolean isLabelSyncedWithName: Boolean labelIdentifierFieldMetadataId: UUID
  imageIdentifierFieldMetadataId: UUID applicationId: UUID createdAt: DateTime! updatedAt: DateTime!
  fieldsList: [Field!]! indexMetadataList: [Index!]!
  fields(paging: CursorPaging, filter: FieldFilter): FieldConnection!
}

type ObjectEdge { node: Object! cursor: ConnectionCursor! }
type ObjectConnection { edges: [ObjectEdge!]! pageInfo: PageInfo! }
type FieldEdge { node: Field! cursor: ConnectionCursor! }
type FieldConnection { edges: [FieldEdge!]! pageInfo: PageInfo! }
type ObjectRecordCount { objectNamePlural: String! totalCount: Int! }
type FileUpload { fileId: UUID! uploadUrl: String! contentType: String! expiresAt: DateTime! }
type UploadedFile { id: UUID! path: String! size: Float! createdAt: DateTime! url: String! }
type Invitation { id: UUID! email: String! expiresAt: DateTime! }
type SendInvitations { success: Boolean! errors: [String!]! result: [Invitation!]! }
type Workspace { id: UUID! displayName: String }
type Webhook { id: UUID! targetUrl: String! operations: [String!]! description: String }
type ApiKey { id: UUID! name: String! }

type Query {
  objects(paging: CursorPaging, filter: ObjectFilter): ObjectConnection!
  object(id: UUID!): Object
  fields(paging: CursorPaging, filter: FieldFilter): FieldConnection!
  field(id: UUID!): Field
  objectRecordCounts: [ObjectRecordCount!]!
  currentWorkspace: Workspace!
  webhooks: [Webhook!]!
}

input CreateObjectInput {
  nameSingular: String! namePlural: String! labelSingular: String! labelPlural: String! description: String
  icon: String shortcut: String skipNameField: Boolean isRemote: Boolean isLabelSyncedWithName: Boolean
  isSearchable: Boolean
}
input CreateOneObjectInput { object: CreateObjectInput! }
input UpdateObjectPayload {
  nameSingular: String namePlural: String labelSingular: String labelPlural: String description: String icon: String
  isActive: Boolean isSearchable: Boolean isLabelSyncedWithName: Boolean labelIdentifierFieldMetadataId: UUID
}
input UpdateOneObjectInput { id: UUID! update: UpdateObjectPayload! }
input DeleteOneObjectInput { id: UUID! }

input CreateFieldInput {
  objectMetadataId: UUID! type: FieldMetadataType! name: String! label: String! description: String icon: String
  isUnique: Boolean isNullable: Boolean isActive: Boolean isSystem: Boolean isUIReadOnly: Boolean defaultValue: JSON
  options: JSON settings: JSON isLabelSyncedWithName: Boolean isRemoteCreation: Boolean
  relationCreationPayload: JSON morphRelationsCreationPayload: [JSON!]
}
input CreateOneFieldMetadataInput { field: CreateFieldInput! }
input UpdateFieldInput {
  name: String label: String description: String icon: String isActive: Boolean isNullable: Boolean isUnique: Boolean
  defaultValue: JSON options: JSON settings: JSON isLabelSyncedWithName: Boolean
}
input UpdateOneFieldMetadataInput { id: UUID! update: UpdateFieldInput! }
input DeleteOneFieldInput { id: UUID! }

enum FieldMetadataType {
  ACTOR ADDRESS ARRAY BOOLEAN CURRENCY DATE DATE_TIME EMAILS FILES FULL_NAME LINKS MORPH_RELATION MULTI_SELECT NUMBER
  NUMERIC PHONES POSITION RATING RAW_JSON RELATION $RICH_TEXT SELECT TEXT TS_VECTOR UUID
}

type Mutation {
  createOneObject(input: CreateOneObjectInput!): Object!
  updateOneObject(input: UpdateOneObjectInput!): Object!
  deleteOneObject(input: DeleteOneObjectInput!): Object!
  createOneField(input: CreateOneFieldMetadataInput!): Field!
  updateOneField(input: UpdateOneFieldMetadataInput!): Field!
  deleteOneField(input: DeleteOneFieldInput!): Field!$UPLOADS
  sendInvitations(emails: [String!]!, roleId: UUID): SendInvitations!
}
`;
