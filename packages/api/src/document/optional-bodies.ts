interface Operation {
  readonly requestBody?: {
    required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema?: { readonly anyOf?: readonly { type?: string }[] } }>>;
  };
}

/**
 * Says in the document that a body that may be null may be left out. swagger calls every body required, because it
 * thinks that fastify wants one.
 */
export function withOptionalBodies<T extends object>(document: T): T {
  const { paths = {} } = document as {
    readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  }; // swagger made it from our routes
  for (const { requestBody } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    const schemas = Object.values(requestBody?.content ?? {}).map(({ schema }) => schema);
    const isOptional = schemas.every((schema) => schema?.anyOf?.some(({ type }) => type === 'null'));
    if (requestBody && isOptional) requestBody.required = false;
  }
  return document;
}
