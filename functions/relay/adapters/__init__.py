"""One outside system a file: SQS, DynamoDB, SSM, HubSpot."""
