export function houseDiagram(root: string): string;
