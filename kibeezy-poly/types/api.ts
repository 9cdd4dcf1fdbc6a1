export interface components {
  schemas: {
    Me: { id: number; phone_number: string; full_name: string; kyc_status: "PENDING" | "VERIFIED" | "REJECTED" };
    Wallet: { balance: string; currency: string };
    Limits: { min_amount: number; max_amount: number; daily_limit: number };
    StkPush: { message: string; checkout_id: string | null; transaction_id: number; customer_message: string };
    Transaction: {
      id: number;
      type: "DEPOSIT";
      amount: number;
      phone_number: string;
      status: "PENDING" | "COMPLETED" | "FAILED";
      checkout_request_id: string | null;
      merchant_request_id: string | null;
      mpesa_receipt_number: string | null;
      account_reference: string | null;
      result_code: string | null;
      customer_message: string;
      description: string;
      created_at: string;
      updated_at: string;
      completed_at: string | null;
      next_poll_after: number | null;
      retry_after: number | null;
      prompt_expires_at: string | null;
    };
    TransactionStatus: {
      id: number;
      status: "PENDING" | "COMPLETED" | "FAILED";
      result_code: string | null;
      customer_message: string;
      next_poll_after: number | null;
      retry_after: number | null;
      prompt_expires_at: string | null;
    };
    PaginatedTransactionList: {
      next: string | null;
      previous: string | null;
      results: components["schemas"]["Transaction"][];
    };
  };
}
