import Diagnostics
import Glibc
import MetricModel

/// Who logs in.
package struct Credentials: Sendable, Equatable {
    package var user: String
    package var password: Secret
    package var mechanism: BrokerURI.Mechanism

    package init(user: String, password: Secret, mechanism: BrokerURI.Mechanism = .plain) {
        self.user = user
        self.password = password
        self.mechanism = mechanism
    }
}

/// Where a password may come from; the first place that has one wins, in the order of the properties.
package struct CredentialSources: Sendable {
    /// `--password-file`.
    package var passwordFile: String?
    /// Names the environment variable that holds a file's path.
    package var passwordFileVariable = "PLANETOP_AMQP_PASSWORD_FILE"
    /// A file named by the configuration.
    package var configuredPasswordFile: String?
    /// Names the environment variable that holds the password: the last resort, since children inherit it.
    package var passwordVariable = "PLANETOP_AMQP_PASSWORD"
    /// Program and arguments, run without a shell; its first line of output is the password.
    package var passwordCommand: [String] = []
    package var passwordCommandTimeout = TimeSpan.seconds(30)

    package init() {}
}

/// What the sources gave.
package enum ResolvedCredentials: Sendable, Equatable {
    case found(Credentials)
    /// No source has a password: the caller may ask the user for it.
    case passwordMissing(user: String)
}

extension CredentialSources {
    /// Finds user and password for `uri`, asking the places in order.
    ///
    /// A password in the URI itself comes after the files and before the environment. The password's variable is
    /// wiped and removed once read, whether it was needed or not, so that no child inherits it.
    /// - Throws: a source that is named but cannot be used. No text holds a secret.
    package func resolve(for uri: BrokerURI) throws(Problem) -> ResolvedCredentials {
        let fromEnvironment = takeVariable(passwordVariable)
        let user = uri.user ?? "guest"
        func found(_ password: Secret) -> ResolvedCredentials {
            .found(Credentials(user: user, password: password, mechanism: uri.mechanism))
        }
        if uri.mechanism == .external { return found(Secret("")) }
        if let passwordFile { return found(try SecretFile.read(passwordFile)) }
        if let path = variable(passwordFileVariable) { return found(try SecretFile.read(path)) }
        if let configuredPasswordFile { return found(try SecretFile.read(configuredPasswordFile)) }
        if let password = uri.password { return found(password) }
        if let fromEnvironment { return found(fromEnvironment) }
        if !passwordCommand.isEmpty {
            return found(try PasswordCommand.run(passwordCommand, timeout: passwordCommandTimeout))
        }
        // A fresh broker has this one user, and lets it in from the same machine only.
        if user == "guest", uri.hostIsLoopback { return found(Secret("guest")) }
        return .passwordMissing(user: user)
    }

    private func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private func takeVariable(_ name: String) -> Secret? {
        guard let value = getenv(name) else { return nil }
        let secret = value.pointee == 0 ? nil : Secret(String(cString: value))
        // The process list shows the memory that the variables were started with: overwrite it there, too.
        memset(value, 0, strlen(value))
        unsetenv(name)
        return secret
    }
}
