/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.startup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.ChildJvm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.ExitCodeGenerator;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Values that would name a lock that guards nothing, as an application starts with them.
 */
@ExtendWith(OutputCaptureExtension.class)
class LiteralValueTests {

	/**
	 * The forms of a name, or of the beginning of a path.
	 */
	private static final String[][] FORMS = { { "", "It is set, but empty" }, { "'x'", "quotes" },
			{ "\"x\"", "quotes" }, { "'x", "quotes" }, { "x\"", "quotes" }, { "“x”", "quotes" }, { "‘x’", "quotes" },
			{ "„x“", "quotes" }, { "«x»", "quotes" }, { "`x`", "quotes" }, { "${nowhere}", "'${nowhere}'" },
			{ "x-${nowhere}", "'${nowhere}'" }, { "${nowhere", "'${nowhere'" },
			{ "${nowhere:}", "It is set, but empty" }, { "$HOME", "'$HOME'" },
			{ "$RUNTIME_DIRECTORY/x", "'$RUNTIME_DIRECTORY'" }, { "x-$USER", "'$USER'" },
			{ "x$HOSTNAME.lock", "'$HOSTNAME'" }, { "x.$$", "'$$'" }, { "$1", "'$1'" },
			{ "$(hostname)", "'$(hostname)'" }, { "x-$(id -u)", "'$(id -u)'" }, { "x-`hostname`.lock", "'`hostname`'" },
			{ "%t/x", "'%t'" }, { "%h/x", "'%h'" }, { "x-%i.lock", "'%i'" }, { "%n", "'%n'" }, { "%%", "'%%'" },
			{ "%TEMP%\\x", "'%TEMP%'" }, { "%DATE%", "'%DATE%'" }, { "x-%COMPUTERNAME%", "'%COMPUTERNAME%'" },
			{ "~", "'~'" }, { "~/x", "'~'" }, { "~user/x", "'~user'" }, { "@project.name@", "'@project.name@'" },
			{ "{{ app }}", "'{{ app }}'" }, { "#{app}", "'#{app}'" }, { "x-{hostname}", "'{hostname}'" },
			{ "x-{pid}", "'{pid}'" }, { "{dir}/x", "'{dir}'" }, { "{shop.name}", "'{shop.name}'" },
			{ "{% dir %}/x", "'{% dir %}'" }, { "<dir>/x", "'<dir>'" }, { "x-<%= app %>", "'<%= app %>'" },
			{ "%(dir)s/x", "'%(dir)s'" }, { "%{HOME}/x", "'%{HOME}'" }, { "((dir))/x", "'((dir))'" },
			{ "[dir]/x", "'[dir]'" }, { "[[dir]]/x", "'[[dir]]'" }, { "$[dir]/x", "'$[dir]'" },
			{ "$(HOME)/x", "'$(HOME)'" }, { "@HOME@/x", "'@HOME@'" }, { "__HOME__/x", "'__HOME__'" },
			{ "!HOME!/x", "'!HOME!'" }, { "${{ env.X }}", "'${{ env.X }'" },
			{ "${NO_DIRECTORY:-/run}/x", "'${NO_DIRECTORY:-'" }, { "${NO_DIRECTORY:=/run}/x", "'${NO_DIRECTORY:='" },
			{ "${NO_DIRECTORY:?unset}/x", "'${NO_DIRECTORY:?'" }, { "${NO_DIRECTORY:+x}/x", "'${NO_DIRECTORY:+'" },
			{ "${env:HOME}/x", "'${env:'" }, { "${sys:user.home}/x", "'${sys:'" }, { "${java:version}/x", "'${java:'" },
			{ "${main:0}/x", "'${main:'" }, { "${ctx:dir}/x", "'${ctx:'" }, { "${lower:${env:HOME}}/x", "'${lower:'" },
			{ "${elsewhere}/x", "'${sys:'" }, { "${nowhere:${NO_DIRECTORY:-x}}/x", "'${NO_DIRECTORY:-'" },
			{ " x", "white space" }, { "x ", "white space" }, { " ", "white space" }, { "x\t", "white space" },
			{ "x\r", "white space" }, { "x\n", "white space" }, { "\u00a0x", "white space" },
			{ "\ufeffx", "white space" }, { "x\ny", "U+000A" }, { "x\0y", "U+0000" }, { "?", "Java says '?'" },
			{ "?/x", "Java says '?'" }, { "${unknown.home}/x", "Java says '?'" },
			{ "x-${random.uuid}", "'${random.uuid}' has another value at each start" },
			{ "x-${random.int(1,9)}", "'${random.int(1,9)}' has another value at each start" },
			{ "x-${instance}", "'${random.int}' has another value at each start" },
			{ "x-${PID}", "'${PID}' has another value at each start" },
			{ "x-${spring.application.pid}", "'${spring.application.pid}' has another value at each start" } };

	@TempDir
	private Path directory;

	private Path temporary;

	@BeforeEach
	void temporary() throws IOException {
		this.temporary = Files.createDirectory(this.directory.toRealPath().resolve("tmp"));
	}

	static Stream<String[]> forms() {
		return Stream.of(FORMS);
	}

	@ParameterizedTest
	@MethodSource("forms")
	void isRefusedAsAPath(String value, String reason, CapturedOutput output) throws IOException {
		assertRefused(output, reason, "lockfile.path", value);
	}

	@ParameterizedTest
	@MethodSource("forms")
	void isRefusedAsTheNameOfTheClusterLock(String value, String reason, CapturedOutput output) throws IOException {
		assertRefused(output, reason, "lockfile.cluster.name", value, "--lockfile.cluster.enabled=true",
				"--lockfile.cluster.url=jdbc:postgresql://127.0.0.1:1/orders");
	}

	@ParameterizedTest
	@CsvSource(quoteCharacter = '|', value = { "||, It is set", "'jdbc:postgresql://db/s3cret', quotes",
			"\"jdbc:postgresql://db/s3cret\", quotes", "${nowhere}, '${nowhere}'", "$DB_URL, '$DB_URL'",
			"%DB_URL%, '%DB_URL%'", "jdbc:postgresql://$DB_HOST/s3cret, '$DB_HOST'",
			"jdbc:postgresql://%H/s3cret, '%H'", "jdbc:postgresql://app:s3cret@$(hostname)/x, '$(hostname)'",
			"jdbc:mariadb://app:s3cret@%DB_HOST%/x?password=s3cret, '%DB_HOST%'",
			"jdbc:postgresql://db/s3cret?user=${nowhere}, A placeholder in it cannot be resolved",
			"jdbc:postgresql://db/s3cret-${random.uuid}, '${random.uuid}' has another value",
			"jdbc:postgresql://db/s3cret-${PID}, '${PID}' has another value",
			"| jdbc:postgresql://db/s3cret|, white space", "|jdbc:postgresql://db/x?password=s3cret |, white space",
			"jdbc:postgresql://db/x?password=s3cret\u00a0, white space",
			"jdbc:postgresql://db/x?password=s3cret\ufeff, white space", "@db.url@, '@db.url@'", "~/db, '~'",
			"?, Java says", "jdbc:postgresql://${DB_HOST:-s3cret}/x, '${DB_HOST:-'",
			"jdbc:postgresql://${env:S3CRET}/x, '${env:'", "jdbc:postgresql://<host>/s3cret, '<host>'",
			"jdbc:postgresql://%(host)s/s3cret, '%(host)s'", "jdbc:postgresql://{host}/s3cret, '{host}'",
			"jdbc:postgresql://((host))/s3cret, '((host))'" })
	void isRefusedAsAUrlWithoutShowingIt(String url, String reason, CapturedOutput output) throws IOException {
		String[] more = { "--lockfile.cluster.enabled=true", "--lockfile.path=" + this.directory.resolve("app.lock"),
				"--spring.application.name=orders" };
		assertRefused(output, reason, "lockfile.cluster.url", url, more);
		if (!url.isEmpty()) {
			assertRefused(output, "'spring.datasource.url'", "spring.datasource.url", url, more);
		}
		assertThat(output).doesNotContain("s3cret");
	}

	/**
	 * A password may have any character, and stand where no rule of ours knows.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "jdbc:mysql://(host=127.0.0.1,port=1,password=$ecret)/orders",
			"jdbc:mysql://address=(host=127.0.0.1)(port=1)(password=$ecret)/orders",
			"jdbc:mysql://app:$ecret@(host=127.0.0.1,port=1)/orders",
			"jdbc:mariadb://address=(host=127.0.0.1)(port=1)(type=primary)/orders?password=$ecret",
			"jdbc:postgresql://127.0.0.1:1/orders?user=app&password=a?@$ecret",
			"jdbc:postgresql://app:a?$ecret@127.0.0.1:1/orders", "jdbc:postgresql://app:a/$ecret@127.0.0.1:1/orders",
			"jdbc:postgresql://127.0.0.1:1/orders&password=$ecret", "jdbc:oracle:thin:app/$ecret@//127.0.0.1:1/orders",
			"jdbc:sqlserver://127.0.0.1:1;password=$ecret", "jdbc:h2:mem:orders;PASSWORD=$ecret",
			"postgres://app:$ecret@127.0.0.1:1/orders", "jdbc:postgresql:app:$ecret@127.0.0.1:1/orders",
			"JDBC:postgresql://app:a?$ecret@127.0.0.1:1/orders" })
	void noPartOfAUrlIsShownThatMayBeAPassword(String url, CapturedOutput output) {
		for (String name : List.of("lockfile.cluster.url", "spring.datasource.url")) {
			assertThatException().isThrownBy(() -> application(Map.of()).run("--lockfile.cluster.enabled=true",
					"--lockfile.path=" + this.directory.resolve("app.lock"), "--lockfile.cluster.name=orders",
					"--" + name + "=" + url));
		}
		assertThat(output).contains("APPLICATION FAILED TO START")
			.doesNotContain("ecret")
			.doesNotContain("Nothing replaces");
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.cluster.pasword", "lockfile.cluster.passwrod.x", "lockfile.clutser.password",
			"lockfile.cluster-password", "lockfile.password", "lockfile.cluster.urls", "lockfile.cluster.url.x" })
	void theValueOfAMisspeltNameIsNotShown(String name, CapturedOutput output) {
		assertFails(() -> application(Map.of()).run("--lockfile.path=" + this.directory.resolve("app.lock"),
				"--lockfile.cluster.enabled=true", "--" + name + "=s3cret"));
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "'" + name + "'", "\"" + name + "\" from property", "Action:")
			.doesNotContain("s3cret")
			.doesNotContain("\tat ");
		assertThat(this.directory.resolve("app.lock")).doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.cluster.password", "lockfile.cluster.url", "lockfile.cluster.username",
			"spring.datasource.password", "spring.datasource.url", "spring.datasource.username" })
	void theValueOfAPlaceholderThatNeedsItselfIsNotShown(String name, CapturedOutput output) {
		String ours = name.replace("spring.datasource", "lockfile.cluster");
		for (String value : List.of("s3cret${again}", "s3cret${" + name + "}", "${again:${again}}")) {
			Map<String, Object> properties = new HashMap<>(
					Map.of("spring.datasource.url", "jdbc:postgresql://127.0.0.1:1/orders"));
			properties.put("again", "s3cret${again}");
			properties.put(name, value);
			SpringApplication application = application(Map.of());
			application.setDefaultProperties(properties);
			assertFails(() -> application.run("--lockfile.path=" + this.directory.resolve("app.lock"),
					"--lockfile.cluster.enabled=true", "--lockfile.cluster.name=orders"));
		}
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "Invalid value for configuration property '" + ours + "'", name,
					"leads back to itself")
			.doesNotContain("s3cret");
		assertThat(this.directory.resolve("app.lock")).doesNotExist();
	}

	@Test
	void aRelativePathMustHaveADirectory(CapturedOutput output) throws IOException {
		assertRefused(output, "'no-such-directory' is not in the working directory", "lockfile.path",
				"no-such-directory/x/app.lock");
		assertRefused(output, "'no-such-directory' is not in the working directory", "lockfile.path",
				"./no-such-directory/x/app.lock");
	}

	@Test
	void aPlaceholderOfSpringMayHaveADefault() {
		application(Map.of())
			.run("--lockfile.path=${NO_DIRECTORY:" + this.directory + "}/${env:dev}-${zone:a-b}/app.lock")
			.close();
		assertThat(this.directory.resolve("dev-a-b/app.lock")).exists();
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.path", "lockfile.timeout", "lockfile.on-lost", "lockfile.native",
			"lockfile.cluster.enabled" })
	void anOptionWithoutAnEqualsSignIsRefused(String name, CapturedOutput output) throws IOException {
		withTemporaryDirectory(this.temporary.toString(), () -> assertFails(
				() -> application(Map.of()).run("--spring.application.name=orders", "--" + name, "true")));
		assertThat(output).contains("APPLICATION FAILED TO START", "'" + name + "'", "'--" + name + "='");
		assertThat(this.temporary).isEmptyDirectory();
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "LOCKFILE_PATH", "LOCKFILE_ONLOST", "LOCKFILE_VERIFYINTERVAL", "LOCKFILE_CLUSTER_ENABLED" })
	void anEmptyVariableIsRefused(String name, CapturedOutput output) throws IOException {
		withTemporaryDirectory(this.temporary.toString(),
				() -> assertFails(() -> application(Map.of(name, "")).run("--spring.application.name=orders")));
		assertThat(output).contains("APPLICATION FAILED TO START", "It is set, but empty",
				"originating from 'System Environment Property \"" + name + "\"");
		assertThat(this.temporary).isEmptyDirectory();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "'/tmp'", "$HOME/tmp", "%TEMP%", "~/tmp" })
	void isRefusedAsTheDirectoryOfTheDefault(String value, CapturedOutput output) throws IOException {
		List<Path> before = workingDirectory();
		withTemporaryDirectory(value,
				() -> assertFails(() -> application(Map.of()).run("--spring.application.name=orders")));
		assertThat(output).contains("APPLICATION FAILED TO START", "'java.io.tmpdir'",
				"The default of 'lockfile.path'");
		assertThat(workingDirectory()).isEqualTo(before);
	}

	@Test
	void aPlaceholderThatIsNotNeededMayBeRandom() throws IOException {
		Path path = this.directory.resolve("app.lock");
		application(Map.of()).run("--run=" + this.directory, "--lockfile.path=${run:${random.uuid}}/app.lock").close();
		assertThat(path).exists();
	}

	@Test
	void aRandomContentIsAccepted() {
		application(Map.of())
			.run("--lockfile.path=" + this.directory.resolve("app.lock"),
					"--lockfile.content-template={pid};${random.uuid}")
			.close();
		assertThat(this.directory.resolve("app.lock")).exists();
	}

	@Test
	void anEmptyPasswordMayBeThatOfTheClusterLock(CapturedOutput output) {
		assertThatException().isThrownBy(() -> application(Map.of()).run("--lockfile.cluster.enabled=true",
				"--lockfile.path=" + this.directory.resolve("app.lock"), "--lockfile.cluster.name=a$b",
				"--lockfile.cluster.password=", "--lockfile.cluster.username=",
				"--lockfile.cluster.url=jdbc:postgresql://127.0.0.1:1/a$b?password=$HOME"));
		assertThat(output).contains("127.0.0.1").doesNotContain("Invalid value");
	}

	@Test
	void endsTheProcessWith1() {
		try (ChildJvm jvm = ChildJvm.start(Main.class, "--lockfile.path=$HOME/app.lock")) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isEqualTo(1);
			assertThat(jvm.output()).contains("APPLICATION FAILED TO START",
					"Invalid value '$HOME/app.lock' for configuration property 'lockfile.path' (originating from ",
					"Nothing replaces '$HOME' here. Write what it stands for.");
		}
	}

	private void assertRefused(CapturedOutput output, String reason, String name, String value, String... more)
			throws IOException {
		List<Path> before = workingDirectory();
		List<String> arguments = new ArrayList<>(List.of(more));
		arguments.add("--" + name + "=" + value);
		arguments.add("--unknown.home=?");
		arguments.add("--instance=${random.int}");
		arguments.add("--elsewhere=${sys:user.home}");
		withTemporaryDirectory(this.temporary.toString(),
				() -> assertFails(() -> application(Map.of()).run(arguments.toArray(String[]::new))));
		assertThat(output).contains("APPLICATION FAILED TO START", "Description:", "Action:", reason)
			.doesNotContain("\tat ");
		assertThat(workingDirectory()).isEqualTo(before);
		assertThat(this.temporary).isEmptyDirectory();
		assertThat(this.directory.resolve("app.lock")).doesNotExist();
	}

	/**
	 * Asserts that a start fails, and that the process would end with 1: only an
	 * exception that generates an exit code leads to another.
	 */
	private static void assertFails(Runnable start) {
		assertThatException().isThrownBy(start::run)
			.satisfies((ex) -> assertThat(ex instanceof ExitCodeGenerator generator ? generator.getExitCode() : 1)
				.isEqualTo(1));
	}

	/**
	 * A JVM to which another one attaches makes a file there for a moment.
	 */
	private static List<Path> workingDirectory() throws IOException {
		try (Stream<Path> files = Files.list(Path.of(""))) {
			return files.filter((file) -> !file.toString().startsWith(".attach_pid")).sorted().toList();
		}
	}

	private static SpringApplication application(Map<String, Object> variables) {
		return new SpringApplicationBuilder(Empty.class).web(WebApplicationType.NONE)
			.environment(environment(variables))
			.build();
	}

	private static ConfigurableEnvironment environment(Map<String, Object> variables) {
		StandardEnvironment environment = new StandardEnvironment();
		String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
		environment.getPropertySources().replace(name, new SystemEnvironmentPropertySource(name, variables));
		return environment;
	}

	private static void withTemporaryDirectory(String directory, Runnable action) {
		String original = System.getProperty("java.io.tmpdir");
		System.setProperty("java.io.tmpdir", directory);
		try {
			action.run();
		}
		finally {
			System.setProperty("java.io.tmpdir", original);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Empty {

	}

	static class Main {

		public static void main(String[] args) {
			new SpringApplicationBuilder(Empty.class).web(WebApplicationType.NONE).run(args);
		}

	}

}
