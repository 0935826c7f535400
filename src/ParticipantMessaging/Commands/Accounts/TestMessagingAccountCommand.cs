using System.Management.Automation;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Commands;

/// <summary>Tries an account: does the token work, whose is it, how long did it take.</summary>
[Cmdlet(VerbsDiagnostic.Test, "MessagingAccount")]
[OutputType(typeof(MessagingAccountTest))]
public sealed class TestMessagingAccountCommand : ServiceCmdlet
{
    private ErrorRecord? _refused;

    /// <summary>Name of a registered account; without it the default account is tried.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [ValidateNotNullOrEmpty]
    public override string? Account { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        object? target = Account;
        ServiceConnection connection;
        try
        {
            connection = await ConnectAsync().ConfigureAwait(false);
        }
        catch (MessagingException error) when (error.Reason is MessagingErrorReason.AccountNotFound or MessagingErrorReason.SecretNotFound && target is not null)
        {
            // One of several accounts; the others are still tried.
            await WriteErrorAsync(error, target).ConfigureAwait(false);
            return;
        }

        TimeProvider time = TimeProvider.System;
        long start = time.GetTimestamp();
        AccountCheck? answer = null;
        MessagingException? failure = null;
        try
        {
            answer = await AccountCheck.RunAsync(connection, null, cancellationToken).ConfigureAwait(false);
            if (answer.Problem.Length > 0)
            {
                failure = new MessagingException(MessagingErrorReason.InvalidRequest, $"Messages of account '{connection.Account}' would not arrive. {answer.Problem}", "Nothing was sent with it; change it first.");
            }
        }
        catch (MessagingException error)
        {
            failure = error;
        }

        // The answer is the output in any case; the error beside it carries the id.
        await WriteObjectsAsync(
        [
            new MessagingAccountTest
            {
                Name = connection.Account,
                Provider = connection.Provider.ToString(),
                BaseUri = connection.BaseUri,
                Ok = failure is null,
                Id = answer?.Id ?? "",
                Identity = answer?.Identity ?? "",
                Milliseconds = Math.Round(time.GetElapsedTime(start).TotalMilliseconds, 1),
                Problem = answer is null ? failure?.Message ?? "" : answer.Problem,
            },
        ]).ConfigureAwait(false);
        if (failure is null) return;
        ErrorRecord record = ErrorRecords.From(failure, target ?? connection.Account);
        if (failure.Reason != MessagingErrorReason.AuthenticationFailed)
        {
            await WriteErrorAsync(record).ConfigureAwait(false);
            return;
        }

        // A token that is refused ends every reading cmdlet, so this one too: but only when the other accounts have been tried.
        if (_refused is not null) await WriteErrorAsync(_refused).ConfigureAwait(false);
        _refused = record;
    }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken)
        => _refused is null ? Task.CompletedTask : throw Terminating(_refused);
}
