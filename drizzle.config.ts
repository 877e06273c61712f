import { defineConfig } from "drizzle-kit";

/** `npm run generate` compares the schema with the last snapshot and writes the next migration. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/store/schema*.ts",
  out: "./migrations",
  casing: "snake_case",
});
