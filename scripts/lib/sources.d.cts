export function sourcesByName(root: string): Record<string, string>;
