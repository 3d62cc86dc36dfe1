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

package io.github.lockfile.spring.boot.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.lockfile.LockFile;
import io.github.lockfile.spring.boot.actuate.LockFileEndpoint;
import io.github.lockfile.spring.boot.actuate.LockFileEndpoint.LockFileDescriptor;
import io.github.lockfile.spring.boot.actuate.LockFileHealthIndicator;
import io.github.lockfile.spring.boot.autoconfigure.ClusterSecretsAutoConfiguration;
import io.github.lockfile.spring.boot.autoconfigure.LockFileAutoConfiguration;
import io.github.lockfile.spring.boot.autoconfigure.LockFileHealthContributorAutoConfiguration;
import io.github.lockfile.spring.boot.autoconfigure.LockFileMetricsAutoConfiguration;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Outsider;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.autoconfigure.context.properties.ConfigurationPropertiesReportEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.env.EnvironmentEndpointAutoConfiguration;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint.ConfigurationPropertiesBeanDescriptor;
import org.springframework.boot.actuate.env.EnvironmentEndpoint;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Applications with a cluster lock on PostgreSQL. Those with lock files of their own
 * stand for those on other hosts.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
@ExtendWith(OutputCaptureExtension.class)
class ClusterStartTests {

	private static final Duration LEASE = Duration.ofSeconds(6);

	private static final Duration PATIENCE = Duration.ofMinutes(1);

	@TempDir
	private Path directory;

	private TestPostgreSql engine;

	private String name;

	@BeforeAll
	void startEngine(@TempDir Path directory) {
		TestPostgreSql.assumeAvailable();
		this.engine = new TestPostgreSql(directory);
		this.engine.start();
	}

	@AfterAll
	void stopEngine() {
		if (this.engine != null) {
			this.engine.close();
		}
	}

	@BeforeEach
	void name(TestInfo test) throws IOException {
		this.directory = this.directory.toRealPath();
		this.name = test.getTestMethod().orElseThrow().getName();
		// An engine that started less than a lease ago would make each test wait.
		this.engine.awaitUptime(LEASE);
		Work.begun.set(false);
	}

	@Test
	void aSecondInstanceIsRefusedOnAnotherHost(CapturedOutput output) {
		try (ConfigurableApplicationContext first = run("first")) {
			assertThat(this.engine.holders(this.name)).isOne();
			assertThat(first.getBean(LockFile.class).verify().status().name()).isEqualTo("HELD");
			Work.begun.set(false);
			assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(() -> run("second"))
				.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(75));
			assertThat(Work.begun).as("a bean of the refused one").isFalse();
			assertThat(Outsider.isRefused(path("second"))).as("its lock file").isFalse();
			assertThat(output).contains("Acquired cluster lock '" + this.name + "' in postgresql://",
					"APPLICATION FAILED TO START", "('" + ProcessHandle.current().pid() + "', session ",
					" of postgres@127.0.0.1:", " since ", "holds the cluster lock '" + this.name + "'",
					"wait for it with 'lockfile.timeout'");
		}
		assertThat(output).contains("Released cluster lock '" + this.name + "'", "Released lock file");
		assertThat(output.getOut().indexOf("Released cluster lock"))
			.isLessThan(output.getOut().indexOf("Released lock file '" + path("first")));
		run("second").close();
		assertThat(this.engine.holders(this.name)).isZero();
	}

	@Test
	void theLockFileIsTakenFirst() {
		try (LockFile holder = LockFile.acquire(path("first"))) {
			assertThat(holder.isNative()).isFalse();
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> run("first"))
				.withMessageContaining("is held by this JVM");
			assertThat(this.engine.holders(this.name)).isZero();
		}
	}

	@Test
	void waitsForTheClusterLock(CapturedOutput output) {
		ConfigurableApplicationContext first = run("first");
		Thread closer = new Thread(() -> {
			Awaitility.await().atMost(PATIENCE).until(() -> output.getOut().contains("waiting at most"));
			first.close();
		});
		closer.start();
		run("second", "--lockfile.timeout=60s").close();
		assertThat(output).contains("holds the cluster lock '" + this.name + "'");
	}

	@Test
	void isHeldWhileTheApplicationStarts() {
		Work.duringStart = () -> assertThat(this.engine.holders(this.name)).isOne();
		try (ConfigurableApplicationContext context = run("first")) {
			assertThat(Work.begun).isTrue();
			assertThat(context.isActive()).isTrue();
		}
		finally {
			Work.duringStart = () -> {
			};
		}
	}

	@Test
	void aFencedInstanceRefusesTrafficUntilTheLockIsHeldAgain(CapturedOutput output) throws IOException {
		try (TcpProxy proxy = new TcpProxy(this.engine.port);
				ConfigurableApplicationContext context = run("first",
						"--lockfile.cluster.url=" + this.engine.url("127.0.0.1", proxy.port()))) {
			assertThat(readiness(context)).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(health(context).getStatus().getCode()).isEqualTo("UP");
			assertThat(gauge(context)).isOne();
			assertThat(context.getBean(LockFileWatch.class).isHeld()).isTrue();
			proxy.blackhole(true);
			await(() -> readiness(context) == ReadinessState.REFUSING_TRAFFIC);
			assertThat(health(context).getStatus().getCode()).isEqualTo("DOWN");
			assertThat(shown(context).getCluster())
				.satisfies((cluster) -> assertThat(cluster.status()).isEqualTo("FENCED"));
			assertThat(gauge(context)).isZero();
			assertThat(context.getBean(LockFileWatch.class).isHeld()).isFalse();
			assertThat(context.getBean(LockFileWatch.class).state().lockFileHeld()).isTrue();
			assertThat(context.getBean(ApplicationAvailability.class).getLivenessState())
				.isEqualTo(LivenessState.CORRECT);
			// As Boot does when an application is ready.
			AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			await(() -> readiness(context) == ReadinessState.REFUSING_TRAFFIC);
			proxy.blackhole(false);
			proxy.cut();
			await(() -> readiness(context) == ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(health(context).getStatus().getCode()).isEqualTo("UP");
			assertThat(shown(context).getCluster())
				.satisfies((cluster) -> assertThat(cluster.status()).isIn("RESTORED", "HELD"));
			await(() -> states(context).equals(List.of(State.FENCED, State.RESTORED)));
		}
		assertThat(output).contains("is fenced, so this instance must do no work", "is held again");
	}

	@Test
	void anInstanceThatLostItsLockIsBroken(CapturedOutput output) throws IOException {
		try (TcpProxy proxy = new TcpProxy(this.engine.port);
				ConfigurableApplicationContext context = run("first",
						"--lockfile.cluster.url=" + this.engine.url("127.0.0.1", proxy.port()))) {
			proxy.blackhole(true);
			this.engine.terminateHolder(this.name);
			try (ConfigurableApplicationContext second = run("second", "--lockfile.timeout=60s")) {
				proxy.blackhole(false);
				proxy.cut();
				await(() -> context.getBean(ApplicationAvailability.class).getLivenessState() == LivenessState.BROKEN);
				assertThat(readiness(context)).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
				assertThat(health(context).getDetails().get("cluster")).asString().contains("LOST");
				await(() -> states(context).equals(List.of(State.FENCED, State.LOST)));
				assertThat(health(second).getStatus().getCode()).isEqualTo("UP");
			}
		}
		assertThat(output).contains("Lost the cluster lock", "another instance has it");
	}

	@Test
	void aLostLockShutsDownWith75() throws IOException {
		try (TcpProxy proxy = new TcpProxy(this.engine.port);
				ChildJvm instance = start("first", this.engine.url("127.0.0.1", proxy.port()),
						"--lockfile.on-lost=shutdown", "--lockfile.cluster.lease=30s")) {
			instance.awaitOutput("The work has begun");
			proxy.blackhole(true);
			this.engine.terminateHolder(this.name);
			try (ConfigurableApplicationContext second = run("second", "--lockfile.timeout=60s")) {
				proxy.blackhole(false);
				proxy.cut();
				assertThat(instance.awaitExit()).as(instance.output()).isEqualTo(75);
				assertThat(instance.output()).contains("Lost the cluster lock", "Shutting down with exit code 75");
				assertThat(second.isActive()).isTrue();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "quick", "hanging" })
	void aFencedInstanceEndsBeforeItsLeaseWhateverTheShutdownTimeout(String end) throws IOException {
		try (TcpProxy proxy = new TcpProxy(this.engine.port);
				ChildJvm instance = start("first", this.engine.url("127.0.0.1", proxy.port()),
						"--lockfile.on-lost=shutdown", "--lockfile.shutdown-timeout=10m", "--test.end=" + end)) {
			instance.awaitOutput("The work has begun");
			long start = System.nanoTime();
			proxy.blackhole(true);
			assertThat(instance.awaitExit()).as(instance.output()).isEqualTo(75);
			Duration ended = Duration.ofNanos(System.nanoTime() - start);
			System.out.printf("%s shutdown, until ended: %d ms%n", end, ended.toMillis());
			assertThat(ended).as(instance.output()).isLessThan(LEASE);
			assertThat(this.engine.holders(this.name)).as("the engine has not freed it yet").isOne();
			assertThat(instance.output()).contains("is fenced", "is still fenced");
		}
	}

	@Test
	void aKilledHolderIsFollowedAtOnceAndOneThatIsTerminatedHoldsToTheEnd() throws IOException {
		ChildJvm first = start("first", this.engine.url());
		first.awaitOutput("The work has begun");
		first.process().destroyForcibly();
		try (ChildJvm second = start("second", this.engine.url(), "--lockfile.timeout=60s",
				"--test.hook=" + this.directory.resolve("go"))) {
			second.awaitOutput("The work has begun");
			second.process().destroy();
			second.awaitOutput("The hook waits");
			assertThat(this.engine.holders(this.name)).isOne();
			assertThat(Outsider.isRefused(path("second"))).isTrue();
			Files.createFile(this.directory.resolve("go"));
			assertThat(second.awaitExit()).isEqualTo(143);
		}
		first.close();
		Awaitility.await().atMost(PATIENCE).until(() -> this.engine.holders(this.name) == 0);
	}

	@Test
	void anEngineThatCannotBeReachedIsRefusedWith69AndNothingIsHeld(CapturedOutput output) {
		String url = this.engine.url("127.0.0.1", TestEngine.freePort()) + "&password=geheim";
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(() -> run("first", "--lockfile.cluster.url=" + url))
			.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(69));
		assertThat(Outsider.isRefused(path("first"))).isFalse();
		assertThat(output).contains("cannot guard the cluster lock", "See that the database is up")
			.doesNotContain("geheim");
	}

	@ParameterizedTest
	@ValueSource(strings = { "lease=1s", "lease=5", "engine=postgresql", "url=jdbc:oracle:thin:x", "leese=7s",
			"enable=true", "url=" })
	void badInputIsRefusedBeforeAnythingIsTouched(String property) {
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> run("first", "--lockfile.cluster." + property));
		assertThat(path("first")).doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.cluster", "spring.datasource" })
	void thePropertiesAreShownWithoutAPassword(String prefix) {
		String url = this.engine.url() + "&ApplicationName=geheim";
		List<String> arguments = new ArrayList<>(List.of(arguments("first", this.engine.url(),
				"--spring.jmx.enabled=true", "--management.endpoints.jmx.exposure.include=*",
				"--management.endpoint.configprops.show-values=always",
				"--management.endpoint.env.show-values=always")));
		arguments.removeIf((argument) -> argument.startsWith("--lockfile.cluster.url="));
		arguments.addAll(List.of("--" + prefix + ".url=" + url, "--" + prefix + ".password=geheim"));
		SpringApplication application = new SpringApplication(Application.class, Shown.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		try (ConfigurableApplicationContext context = application.run(arguments.toArray(String[]::new))) {
			ConfigurationPropertiesBeanDescriptor shown = Objects
				.requireNonNull(context.getBean(ConfigurationPropertiesReportEndpoint.class)
					.configurationPropertiesWithPrefix("lockfile.cluster")
					.getContexts()
					.get(context.getId()))
				.getBeans()
				.get("lockfile.cluster-" + ClusterProperties.class.getName());
			assertThat(Objects.requireNonNull(shown).getProperties()).containsEntry("enabled", true)
				.containsEntry("name", this.name)
				.containsEntry("lease", "PT6S")
				.containsEntry("password", "******")
				.containsEntry("url", "******");
			assertThat(shown.getInputs().toString()).doesNotContain("geheim");
			assertThat(context.getBean(EnvironmentEndpoint.class).environment("lockfile"))
				.extracting(EnvironmentEndpoint.EnvironmentDescriptor::getPropertySources)
				.asString()
				.doesNotContain("geheim");
		}
	}

	@Test
	void noSecretIsShown(CapturedOutput output) {
		this.engine.execute("drop role if exists app");
		this.engine.execute("create role app login superuser password 'geheim'");
		String url = "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(this.engine.port);
		try (ConfigurableApplicationContext context = run("first",
				"--lockfile.cluster.url=" + url + "?user=app&password=geheim")) {
			assertThat(String.valueOf(shown(context).getCluster())).contains("postgresql://127.0.0.1")
				.doesNotContain("geheim", "user=");
			assertThat(health(context).toString()).doesNotContain("geheim", "user=");
			List<String> second = new ArrayList<>(List.of(arguments("second", url, "--spring.datasource.url=" + url,
					"--spring.datasource.username=app", "--spring.datasource.password=geheim")));
			second.removeIf((argument) -> argument.startsWith("--lockfile.cluster.url="));
			assertThatExceptionOfType(ClusterLockHeldException.class)
				.isThrownBy(() -> new SpringApplication(Application.class).run(second.toArray(String[]::new)));
		}
		assertThat(output).doesNotContain("geheim", "user=");
	}

	@Test
	void nothingOfItIsLoadedUnlessItIsEnabled() {
		try (ChildJvm instance = ChildJvm.start(List.of("env", "JAVA_TOOL_OPTIONS=-Xlog:class+load"),
				System.getProperty("java.class.path"), Application.class, (Object[]) arguments("first", ""))) {
			instance.awaitOutput("The work has begun");
			assertThat(instance.output().lines().filter((line) -> !line.contains("ClusterStartTests")))
				.anyMatch((line) -> line.contains(" io.github.lockfile.LockFile "))
				.noneMatch((line) -> line.contains("Cluster") || line.contains(" java.sql.")
						|| line.contains("postgresql"));
		}
	}

	@Test
	void offIsOff() {
		try (ConfigurableApplicationContext context = run("first", "--lockfile.enabled=false")) {
			assertThat(this.engine.holders(this.name)).isZero();
			assertThat(shown(context).getCluster()).isNull();
		}
	}

	private static void await(java.util.concurrent.Callable<Boolean> condition) {
		Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(condition);
	}

	private static ReadinessState readiness(ApplicationContext context) {
		return context.getBean(ApplicationAvailability.class).getReadinessState();
	}

	private static Health health(ApplicationContext context) {
		return context.getBean(LockFileHealthIndicator.class).health();
	}

	private static LockFileDescriptor shown(ApplicationContext context) {
		return new LockFileEndpoint(context).lockFile();
	}

	private static double gauge(ApplicationContext context) {
		return context.getBean(SimpleMeterRegistry.class).get("lockfile.cluster.held").gauge().value();
	}

	private static List<State> states(ApplicationContext context) {
		return RecordingListener.withoutPauses(context.getBean(Changes.class).states);
	}

	private Path path(String host) {
		return this.directory.resolve(host + ".lock");
	}

	private ConfigurableApplicationContext run(String host, String... more) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.addInitializers((context) -> {
			Changes changes = new Changes();
			context.getBeanFactory().registerSingleton("changes", changes);
			context.addApplicationListener(changes);
		});
		return application.run(arguments(host, this.engine.url(), more));
	}

	private ChildJvm start(String host, String url, String... more) {
		return ChildJvm.start(Application.class, (Object[]) arguments(host, url, more));
	}

	private String[] arguments(String host, String url, String... more) {
		List<String> arguments = new ArrayList<>(
				List.of("--lockfile.path=" + path(host), "--spring.main.banner-mode=off"));
		if (!url.isEmpty()) {
			arguments.addAll(List.of("--lockfile.cluster.enabled=true", "--lockfile.cluster.url=" + url,
					"--lockfile.cluster.name=" + this.name, "--lockfile.cluster.lease=6s"));
		}
		// The last one of a name would not replace, but follow, the first.
		for (String argument : more) {
			String option = argument.substring(0, argument.indexOf('=') + 1);
			arguments.removeIf((before) -> before.startsWith(option));
			arguments.add(argument);
		}
		return arguments.toArray(String[]::new);
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ClusterSecretsAutoConfiguration.class, EndpointAutoConfiguration.class,
			ConfigurationPropertiesReportEndpointAutoConfiguration.class, EnvironmentEndpointAutoConfiguration.class })
	static class Shown {

	}

	/**
	 * An application that works.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LockFileAutoConfiguration.class, LockFileHealthContributorAutoConfiguration.class,
			LockFileMetricsAutoConfiguration.class, ApplicationAvailabilityAutoConfiguration.class,
			MetricsAutoConfiguration.class })
	static class Application {

		public static void main(String[] args) throws InterruptedException {
			SpringApplication application = new SpringApplication(Application.class);
			application.setWebApplicationType(WebApplicationType.NONE);
			ConfigurableApplicationContext context = application.run(args);
			String hook = context.getEnvironment().getProperty("test.hook");
			if (hook != null) {
				Runtime.getRuntime().addShutdownHook(new Thread(() -> {
					System.out.println("The hook waits");
					Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(Path.of(hook)));
				}));
			}
			if ("hanging".equals(context.getEnvironment().getProperty("test.end"))) {
				Runtime.getRuntime().addShutdownHook(new Thread(() -> Awaitility.await().forever().until(() -> false)));
			}
			System.out.println("The work has begun");
			Thread.currentThread().join();
		}

		@Bean
		Work work() {
			return new Work();
		}

		@Bean
		SimpleMeterRegistry meterRegistry() {
			return new SimpleMeterRegistry();
		}

	}

	/**
	 * Notes what happens.
	 */
	static class Work {

		static final AtomicBoolean begun = new AtomicBoolean();

		static Runnable duringStart = () -> {
		};

		Work() {
			begun.set(true);
			duringStart.run();
		}

	}

	/**
	 * Notes what is told.
	 */
	static final class Changes implements ApplicationListener<ClusterLockEvent> {

		final List<State> states = new CopyOnWriteArrayList<>();

		@Override
		public void onApplicationEvent(ClusterLockEvent event) {
			this.states.add(event.state());
		}

	}

}
