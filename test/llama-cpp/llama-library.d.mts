export const FILE_TYPE_IDS: Readonly<Record<string, number>>;
