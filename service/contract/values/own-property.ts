/**
 * Value of a property that `object` has itself. Undefined for inherited ones (`constructor`,
 * `__proto__`), so a key from outside can be looked up in a plain table, and for what is no object.
 */
export function ownProperty<T>(
  object: Readonly<Record<PropertyKey, T>>,
  key: PropertyKey,
): T | undefined;
export function ownProperty(object: unknown, key: PropertyKey): unknown;
export function ownProperty(object: unknown, key: PropertyKey): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, key)) {
    return undefined;
  }
  return Reflect.get(object, key);
}
