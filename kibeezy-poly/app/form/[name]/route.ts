/** Takes the forms that a browser sends itself, without our code. */
import type { NextRequest } from "next/server";
import { answerForm, isFormName } from "@/lib/plainForms";

export const dynamic = "force-dynamic";

type Context = { params: Promise<{ name: string }> };

export async function POST(request: NextRequest, { params }: Context): Promise<Response> {
  const { name } = await params;
  return isFormName(name) ? answerForm(name, request) : new Response(null, { status: 404 });
}
