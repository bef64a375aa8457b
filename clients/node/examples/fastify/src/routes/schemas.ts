/** JSON Schema of what is asked with; what does not fit is a 400 that names it. */

export const name = { type: "string", minLength: 1, maxLength: 256 };
export const text = { type: "string", minLength: 1, maxLength: 10_000 };
export const limit = { type: "integer", minimum: 1, maximum: 50 };

export function object(properties: Record<string, object>, required: string[] = []) {
  return { type: "object", properties, required, additionalProperties: false };
}

/** All properties are required, if nothing else is said. */
export function body(properties: Record<string, object>, required = Object.keys(properties)) {
  return { body: object(properties, required) };
}
