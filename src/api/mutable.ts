/** The model's answers are read-only; hono's types want to own what they send. */
export type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
