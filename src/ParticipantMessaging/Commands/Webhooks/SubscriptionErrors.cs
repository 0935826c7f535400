namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>How to go on when a subscription was not created, or is there but was not confirmed.</summary>
internal static class SubscriptionErrors
{
    public static MessagingException ConfirmationFailed(string id, MessagingException error, bool isOnTarget)
    {
        string again = isOnTarget
            ? "Try again with the one-time secret that the error holds: $Error[0].TargetObject | Confirm-WebhookSubscription. If that is refused too, or"
            : "Check that the secret is the one of this subscription (ConfirmationSecret of New-WebhookSubscription -NoConfirmation). If that";
        return Reworded(
            error,
            $"Subscription {id} was created, but it is not confirmed, so it stays disabled and no events come. {error.Message}",
            $"{again} is lost, delete it and create it anew: Remove-WebhookSubscription -Id {id}, then New-WebhookSubscription.");
    }

    /// <summary>The service wants a secret first; null when it refuses for another reason.</summary>
    public static MessagingException? NeedsSecret(string workspace, MessagingException error)
        => error.Reason == MessagingErrorReason.InvalidRequest && error.ServiceMessage?.Contains("with a secret", StringComparison.OrdinalIgnoreCase) == true
            ? Reworded(error, error.Message, $"Make a secret first, then subscribe again: New-WebhookSecret -WorkspaceId {workspace}.")
            : null;

    private static MessagingException Reworded(MessagingException error, string message, string advice)
        => new(error.Reason, message, advice, error)
        {
            HttpStatus = error.HttpStatus,
            Attempts = error.Attempts,
            Effect = error.Effect,
            ServiceMessage = error.ServiceMessage,
            FieldErrors = error.FieldErrors,
            Request = error.Request,
            RetryAfter = error.RetryAfter,
            IsSecurityFailure = error.IsSecurityFailure,
        };
}
