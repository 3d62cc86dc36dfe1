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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.lockfile.spring.boot.failure.StartRefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Spring Boot takes a property in many spellings. What is checked of it, and what is kept
 * secret, is the same in all of them.
 */
@ExtendWith(OutputCaptureExtension.class)
class PropertySpellingTests {

	private static final String CLUSTER = "lockfile.cluster.";

	/**
	 * All properties, with a value that is not the default.
	 */
	private static final Map<String, String> VALUES = Map.ofEntries(Map.entry("lockfile.enabled", "false"),
			Map.entry("lockfile.path", "/s3cret"), Map.entry("lockfile.content-template", "s3cret"),
			Map.entry("lockfile.timeout", "5s"), Map.entry("lockfile.verify-interval", "5s"),
			Map.entry("lockfile.on-lost", "shutdown"), Map.entry("lockfile.shutdown-timeout", "5s"),
			Map.entry("lockfile.native", "off"), Map.entry(CLUSTER + "enabled", "true"),
			Map.entry(CLUSTER + "name", "s3cret"), Map.entry(CLUSTER + "lease", "10s"),
			Map.entry(CLUSTER + "url", "jdbc:postgresql://s3cret/x"), Map.entry(CLUSTER + "username", "s3cret"),
			Map.entry(CLUSTER + "password", "s3cret"));

	@TempDir
	private Path directory;

	static Stream<Object[]> spelledProperties() {
		return Stream.of(Spelling.values())
			.flatMap((spelling) -> VALUES.keySet().stream().map((name) -> new Object[] { spelling, name }));
	}

	@Test
	void theTableHasAllProperties() {
		List<String> names = new ArrayList<>(new LockFileProperties().values().keySet());
		LockFilePropertiesBinder.CLUSTER_NAMES.forEach((name) -> names.add(CLUSTER + name));
		assertThat(VALUES.keySet()).containsExactlyInAnyOrderElementsOf(names);
	}

	@ParameterizedTest
	@MethodSource("spelledProperties")
	void isOneProperty(Spelling spelling, String name) {
		Map<String, String> properties = Map.of(name, VALUES.getOrDefault(name, ""));
		assertThat(bound(spelling, properties)).isEqualTo(bound(Spelling.AS_DOCUMENTED, properties))
			.isNotEqualTo(bound(spelling, Map.of()));
	}

	private static Map<String, Object> bound(Spelling spelling, Map<String, String> properties) {
		Binder binder = Binder.get(environment(spelling, properties));
		Map<String, Object> bound = LockFilePropertiesBinder.bind(binder).values();
		bound.putAll(LockFilePropertiesBinder.cluster(binder));
		return bound;
	}

	@ParameterizedTest
	@MethodSource("spelledProperties")
	void isRefusedIfItComesTooLate(Spelling spelling, String name) {
		Map<String, String> properties = Map.of(name, VALUES.getOrDefault(name, ""));
		assertThatExceptionOfType(StartRefusedException.class)
			.isThrownBy(() -> addLate(environment(spelling, Map.of()), source("late-", spelling, properties)));
		assertThatNoException().isThrownBy(
				() -> addLate(environment(spelling, properties), source("late-", Spelling.AS_DOCUMENTED, properties)));
	}

	private static void addLate(StandardEnvironment environment, PropertySource<?> source) {
		LateConfiguration late = new LateConfiguration(environment,
				LockFilePropertiesBinder.bind(Binder.get(environment)));
		environment.getPropertySources().addLast(source);
		late.postProcessBeanFactory(new DefaultListableBeanFactory());
	}

	/**
	 * Spring would join the values with a comma, or take one of them.
	 */
	@ParameterizedTest
	@MethodSource("spelledProperties")
	void isRefusedIfItIsGivenTwice(Spelling spelling, String name, CapturedOutput output) {
		String value = name.equals("lockfile.enabled") ? "true" : VALUES.getOrDefault(name, "");
		String spelled = spelling.option(name);
		String other = spelled.equals(name) ? name.toUpperCase(Locale.ROOT) : name;
		String option = "--" + spelled + "=" + value;
		assertThatException().isThrownBy(() -> run(Spelling.AS_DOCUMENTED, Map.of(), option, option));
		assertThatException()
			.isThrownBy(() -> run(Spelling.AS_DOCUMENTED, Map.of(), "--" + other + "=" + value, option));
		assertThat(output).contains("APPLICATION FAILED TO START", "It is given twice on the command line.")
			.doesNotContain("s3cret");
		assertThat(this.directory).isEmptyDirectory();
	}

	@ParameterizedTest
	@EnumSource
	void theNameOfTheClusterLockIsTheSameAtEachStart(Spelling spelling, CapturedOutput output) {
		assertRefused(spelling, "name", "orders-${random.uuid}", "has another value at each start", output);
	}

	@ParameterizedTest
	@EnumSource
	void theUrlHasNothingThatAShellShouldHaveReplaced(Spelling spelling, CapturedOutput output) {
		assertRefused(spelling, "url", "jdbc:postgresql://$DB_HOST/s3cret", "Nothing replaces '$DB_HOST' here", output);
	}

	@ParameterizedTest
	@EnumSource
	void onlyTheUserAndThePasswordMayBeEmpty(Spelling spelling, CapturedOutput output) {
		for (String name : List.of("enabled", "name", "lease", "url")) {
			assertRefused(spelling, name, "", "It is set, but empty", output);
		}
		assertThatException().isThrownBy(() -> run(spelling, cluster(Map.of("username", "", "password", ""))));
		assertThat(output).contains("postgresql://127.0.0.1:1/orders cannot guard the cluster lock");
	}

	@ParameterizedTest
	@EnumSource
	void aPlaceholderThatLeadsBackToItselfIsNotShown(Spelling spelling, CapturedOutput output) {
		for (String name : List.of("url", "username", "password")) {
			assertRefused(spelling, name, "s3cret${" + CLUSTER + name + "}",
					"Invalid value for configuration property 'lockfile.cluster." + name + "'", output);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.path[0]", "lockfile.timeout[1]", "lockfile.cluster.name[0]",
			"lockfile.cluster.password[0]", "lockfile.cluster.passWord[0]", "Lockfile.Cluster.Pasword",
			"lockfile[cluster][pasword]", "lock-file.cluster.pass_word_s" })
	void whatIsNoPropertyIsNotTakenForOne(String name, CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(Spelling.AS_DOCUMENTED, cluster(Map.of()), "--" + name + "=s3cret"));
		assertThat(output).contains("APPLICATION FAILED TO START", "is no property of Lockfile")
			.doesNotContain("s3cret");
		assertThat(this.directory).isEmptyDirectory();
	}

	/**
	 * Others export variables with such names.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "FOO", "NAME_0", "NAME_OF_IT", "PASSWORD_FILE", "URL_" })
	void anUnknownVariableStopsNobody(String name, CapturedOutput output) {
		for (String value : List.of("", "$HOME", "s3cret${lockfile.cluster.foo}")) {
			assertThatException().isThrownBy(() -> run(Spelling.VARIABLE, cluster(Map.of(name, value))));
			assertThat(output).doesNotContain("Invalid value");
		}
		assertThat(output).contains("postgresql://127.0.0.1:1/orders cannot guard the cluster lock");
	}

	private void assertRefused(Spelling spelling, String name, String value, String reason, CapturedOutput output) {
		int before = output.toString().length();
		assertThatException().isThrownBy(() -> run(spelling, cluster(Map.of(name, value))));
		assertThat(output.toString().substring(before)).contains("APPLICATION FAILED TO START", CLUSTER + name, reason)
			.doesNotContain("s3cret");
		assertThat(this.directory).isEmptyDirectory();
	}

	/**
	 * Returns what a cluster lock needs, in a database that is not there.
	 */
	private static Map<String, String> cluster(Map<String, String> changes) {
		Map<String, String> properties = new HashMap<>(Map.of(CLUSTER + "enabled", "true", CLUSTER + "name", "orders",
				CLUSTER + "url", "jdbc:postgresql://127.0.0.1:1/orders"));
		changes.forEach((name, value) -> properties.put(CLUSTER + name, value));
		return properties;
	}

	private void run(Spelling spelling, Map<String, String> properties, String... args) {
		List<String> arguments = new ArrayList<>(List.of(args));
		boolean located = Stream.of(args).anyMatch((argument) -> argument.toLowerCase(Locale.ROOT).contains("path"));
		if (!located) {
			arguments.add("--lockfile.path=" + this.directory.resolve("app.lock"));
		}
		new SpringApplicationBuilder(Empty.class).web(WebApplicationType.NONE)
			.environment(environment(spelling, properties))
			.run(arguments.toArray(String[]::new))
			.close();
	}

	private static StandardEnvironment environment(Spelling spelling, Map<String, String> properties) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().forEach((source) -> environment.getPropertySources().remove(source.getName()));
		environment.getPropertySources().addFirst(source("", spelling, properties));
		return environment;
	}

	private static PropertySource<?> source(String name, Spelling spelling, Map<String, String> properties) {
		Map<String, Object> spelled = new LinkedHashMap<>();
		properties.forEach((property, value) -> spelled.put(spelling.of.apply(property), value));
		if (spelling.isVariable()) {
			return new SystemEnvironmentPropertySource(
					name + StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, spelled);
		}
		return (spelling == Spelling.YAML) ? yaml(name, spelled) : new MapPropertySource(name + "properties", spelled);
	}

	private static PropertySource<?> yaml(String name, Map<String, Object> properties) {
		StringBuilder text = new StringBuilder("other: x\n");
		properties.forEach((property, value) -> text.append(property).append(": '").append(value).append("'\n"));
		try {
			return new YamlPropertySourceLoader()
				.load(name + "yaml", new ByteArrayResource(text.toString().getBytes(StandardCharsets.UTF_8)))
				.get(0);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * How the name of a property is written.
	 */
	@SuppressWarnings("ImmutableEnumChecker") // The functions have no state.
	enum Spelling {

		AS_DOCUMENTED((name) -> name),

		CAPITALS((name) -> name.toUpperCase(Locale.ROOT)),

		CAMEL_CASE((name) -> camelCase(name, "-")),

		CAPITALIZED((name) -> camelCase("." + name, "[.-]").substring(1)),

		UNDERSCORES((name) -> name.replace('-', '_').replaceAll("([.].)(?=[^.]*$)", "$1_")),

		MORE_DASHES((name) -> name.replace("lockfile", "lock-file").replaceAll("(?=.$)", "-")),

		BRACKETS((name) -> name.replace("-", "").replaceAll("[.]([^.]+)", "[$1]")),

		YAML((name) -> camelCase("." + name, "[.-]").substring(1)),

		VARIABLE((name) -> name.replace('.', '_').replace("-", "").toUpperCase(Locale.ROOT)),

		VARIABLE_OF_BEFORE((name) -> name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT)),

		LOWER_CASE_VARIABLE((name) -> name.replace('.', '_').replace("-", ""));

		private final UnaryOperator<String> of;

		Spelling(UnaryOperator<String> of) {
			this.of = of;
		}

		private static String camelCase(String name, String before) {
			return Pattern.compile("(?<=" + before + ")[a-z]")
				.matcher(name)
				.replaceAll((letter) -> letter.group().toUpperCase(Locale.ROOT))
				.replace("-", "");
		}

		/**
		 * Returns the name as that of an option: it has dots where a variable has
		 * underscores.
		 */
		String option(String name) {
			return isVariable() ? CAPITALS.of.apply(name) : this.of.apply(name);
		}

		boolean isVariable() {
			return name().contains("VARIABLE");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Empty {

	}

}
