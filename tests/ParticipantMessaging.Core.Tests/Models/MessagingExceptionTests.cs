using System.Reflection;

namespace ParticipantMessaging.Core.Tests.Models;

public sealed class MessagingExceptionTests
{
    [Fact]
    public void The_same_failure_in_other_words_keeps_all_that_is_known_of_it()
    {
        var failure = new MessagingException(MessagingErrorReason.InvalidRequest, "Refused.", "Mend it.", new IOException("gone"))
        {
            HttpStatus = 400,
            Attempts = 2,
            Effect = CallEffect.Unknown,
            ServiceMessage = "No.",
            FieldErrors = new Dictionary<string, IReadOnlyList<string>> { ["study_id"] = ["Unknown study."] },
            Request = "POST /x",
            RetryAfter = TimeSpan.FromSeconds(3),
            ServiceTime = DateTimeOffset.UnixEpoch,
            IsSecurityFailure = true,
        };

        MessagingException told = failure.Saying("Row 3: refused.");

        Assert.Equal("Row 3: refused.", told.Message);
        Assert.Same(failure.InnerException, told.InnerException);
        foreach (PropertyInfo property in typeof(MessagingException).GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        {
            Assert.Equal(property.GetValue(failure), property.GetValue(told));
            Assert.NotEqual(property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null, property.GetValue(told));
        }

        Assert.Equal(("Call.", failure), (failure.Saying("x", "Call.", failure).RecommendedAction, failure.Saying("x", "Call.", failure).InnerException));
    }
}
